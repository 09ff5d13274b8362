// Any bytes as an answer of fal: two bytes of status, one line per header, then the body.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "service/fal/classify.h"
#include "service/fal/error_body.h"
#include "service/fal/fal_json.h"

namespace {

using flux::fal::FalReply;

void Require(bool holds) {
  if (!holds) std::abort();
}

std::string TakeLine(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  std::string line(rest.substr(0, end));
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return line;
}

FalReply ReplyOf(std::string_view bytes) {
  FalReply reply;
  if (bytes.size() < 2) return reply;
  reply.status =
      100 + (static_cast<unsigned char>(bytes[0]) << 8 | static_cast<unsigned char>(bytes[1])) % 500;
  bytes.remove_prefix(2);
  for (std::string FalReply::*header :
       {&FalReply::request_id, &FalReply::billable_units, &FalReply::error_type, &FalReply::retryable,
        &FalReply::timeout_type, &FalReply::retry_after, &FalReply::date}) {
    reply.*header = TakeLine(bytes);
  }
  reply.body = bytes;
  return reply;
}

void RequireSound(const flux::Status& status) {
  Require(!status.message.empty());
  Require(status.upstream.has_value());
  Require(status.upstream->body.size() <= flux::fal::kMaxErrorBodyBytes);
  Require(status.upstream->body.empty() || nlohmann::json::accept(status.upstream->body));
  Require(!flux::RowOf(status.reason).resend || status.billed == flux::Billed::kNo);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const flux::service::Catalogue catalogue = flux::service::Catalogue::BuiltIn();
  FalReply reply = ReplyOf({reinterpret_cast<const char*>(data), size});
  RequireSound(flux::fal::Classify(reply));
  static_cast<void>(flux::fal::ConcurrencyLimit(reply));

  const bool failure = flux::fal::IsFailure(reply);
  const auto result = flux::service::FromFalJson(catalogue.rows().front().price, {}, std::move(reply));
  Require(!failure || !result);
  if (result) {
    Require(!result->images().empty());
    std::string wire;
    Require(result->SerializeToString(&wire));
    Require(flux::v1::Generation().ParseFromString(wire));  // invalid UTF-8 would not come back
  } else {
    RequireSound(result.error());
  }
  return 0;
}
