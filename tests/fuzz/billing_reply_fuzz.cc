// Any bytes as what fal says of money: amounts stay in range, ids are harmless, times can be written.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "service/fal/billing_reply.h"
#include "service/fal/queue_reply.h"

namespace {

using namespace flux::fal;

constexpr std::int64_t kMost = 1'000'000'000'000'000;  // a million dollars

void Require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  if (const std::optional<BillingPage> page = ReadBillingPage(body)) {
    for (const BillingEvent& event : page->events) {
      Require(IsRequestId(event.request_id));
      Require(event.total_nano_usd >= 0 && event.total_nano_usd <= 2 * kMost);
      Require(event.endpoint.size() <= 256);
      Require(flux::Iso8601(event.at).size() == 24);
    }
    Require(page->next_cursor.size() <= 4096);
  }
  if (const std::optional<std::int64_t> credits = ReadCredits(body)) {
    Require(*credits >= -kMost && *credits <= kMost);
  }
  return 0;
}
