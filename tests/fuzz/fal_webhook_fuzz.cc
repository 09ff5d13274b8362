// Any bytes as a webhook of fal's and as its key set: up to four lines of headers, then the body.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "service/fal/fal_webhook.h"
#include "service/fal/queue_reply.h"

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace flux::fal;
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  WebhookHeaders headers;
  for (std::string* header :
       {&headers.request_id, &headers.user_id, &headers.timestamp, &headers.signature}) {
    const std::size_t end = bytes.find('\n');
    if (end == std::string_view::npos) break;
    *header = bytes.substr(0, end);
    bytes.remove_prefix(end + 1);
  }
  if (const auto keys = ReadKeySet(bytes)) {
    Require(keys->size() <= 32);
    static_cast<void>(IsSigned(headers, bytes, *keys));
  }
  static_cast<void>(IsSigned(headers, bytes, {Ed25519Key{1}}));
  if (const auto sent = SentAt(headers)) Require(flux::Iso8601(*sent).size() == 24);
  for (const std::string& id : RequestIdsOf(headers, bytes)) Require(IsRequestId(id));
  return 0;
}
