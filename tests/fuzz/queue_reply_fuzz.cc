// Any bytes as an answer of fal's queue or of its request history: two bytes of status, then the body.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "service/fal/input_hash.h"
#include "service/fal/queue_reply.h"

namespace {

using namespace flux::fal;

void Require(bool holds) {
  if (!holds) std::abort();
}

void RequireHash(const std::string& hash) {
  Require(hash.empty() ||
          (hash.size() == 64 && hash.find_first_not_of("0123456789abcdef") == std::string::npos));
}

void RequireSound(const HistoryItem& item) {
  Require(IsRequestId(item.request_id));
  Require(flux::Iso8601(item.sent_at).size() == 24);
  Require(!item.ended_at || flux::Iso8601(*item.ended_at).size() == 24);
  Require(!item.status_code || (*item.status_code >= 100 && *item.status_code <= 599));
  RequireHash(item.input_sha256);
  Require(item.output.empty() || nlohmann::json::accept(item.output));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  FalReply reply;
  if (bytes.size() >= 2) {
    const int number = static_cast<unsigned char>(bytes[0]) << 8 | static_cast<unsigned char>(bytes[1]);
    reply.status = 100 + number % 500;
    bytes.remove_prefix(2);
  }
  reply.body = bytes;

  if (const std::optional<QueueTicket> ticket = ReadTicket(reply.body))
    Require(IsRequestId(ticket->request_id));
  const std::optional<QueueState> state = ReadState(reply);
  Require(!state || reply.status == 404 || (reply.status >= 200 && reply.status <= 299));
  static_cast<void>(ReadResult(reply));
  static_cast<void>(ReadCancel(reply));
  if (const std::optional<HistoryPage> page = ReadHistory(reply.body)) {
    for (const HistoryItem& item : page->items) RequireSound(item);
  }

  // What it was written anew from has the same hash.
  const std::string hash = InputSha256(reply.body);
  RequireHash(hash);
  if (!hash.empty()) Require(InputSha256(nlohmann::json::parse(reply.body).dump(2)) == hash);
  return 0;
}
