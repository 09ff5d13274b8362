// Every value's type and range is checked before it is used: it is money, and comes from outside.
#include "service/fal/billing_reply.h"

#include <absl/time/time.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/json.h"
#include "service/fal/queue_reply.h"

namespace flux::fal {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxEndpointBytes = 256;
constexpr std::size_t kMaxTimeBytes = 64;
constexpr std::size_t kMaxCursorBytes = 4096;
// No request costs as much, and no account has more. Below it a binary fraction is exact to the nano-dollar.
constexpr double kMostDollars = 1'000'000;

std::string Text(const Json& object, const char* key, std::size_t most) {
  const Json* member = Member(object, key);
  if (member == nullptr || !member->is_string()) return {};
  const auto& text = member->get_ref<const std::string&>();
  return text.size() <= most ? text : std::string();
}

std::optional<WallTime> ReadTime(const std::string& text) {
  for (const char* format : {absl::RFC3339_full, "%Y-%m-%dT%H:%M:%E*S"}) {
    absl::Time time;
    if (text.empty() || !absl::ParseTime(format, text, &time, nullptr)) continue;
    // Far beyond these a count of nanoseconds overflows.
    if (time < absl::FromUnixSeconds(0) || time > absl::FromUnixSeconds(4'102'444'800)) return std::nullopt;
    return absl::ToChronoTime(time);
  }
  return std::nullopt;
}

// Dollars, as billionths.
std::optional<std::int64_t> Dollars(const Json& object, const char* key) {
  const Json* member = Member(object, key);
  if (member == nullptr || !member->is_number()) return std::nullopt;
  const auto dollars = member->get<double>();
  if (!(std::abs(dollars) <= kMostDollars)) return std::nullopt;
  return std::llround(dollars * 1e9);
}

std::optional<BillingEvent> ReadEvent(const Json& json) {
  BillingEvent event;
  event.request_id = Text(json, "request_id", kMaxEndpointBytes);
  event.endpoint = Text(json, "endpoint_id", kMaxEndpointBytes);
  const std::optional<WallTime> at = ReadTime(Text(json, "timestamp", kMaxTimeBytes));
  std::optional<std::int64_t> total = Dollars(json, "cost_total");
  if (Member(json, "cost_total") == nullptr) {
    const std::optional<std::int64_t> subtotal = Dollars(json, "cost_subtotal");
    const std::optional<std::int64_t> discount = Dollars(json, "cost_discount");
    if (subtotal && discount) total = *subtotal - *discount;
  }
  if (!IsRequestId(event.request_id) || !at || !total || *total < 0) return std::nullopt;
  event.at = *at;
  event.total_nano_usd = *total;
  return event;
}

}  // namespace

std::optional<BillingPage> ReadBillingPage(std::string_view body) {
  const Result<Json> json = ParseJson(body);
  const Json* events = json ? Member(*json, "billing_events") : nullptr;
  if (events == nullptr || !events->is_array()) return std::nullopt;
  BillingPage page;
  for (const Json& each : *events) {
    if (std::optional<BillingEvent> event = ReadEvent(each)) {
      page.events.push_back(*std::move(event));
    } else {
      ++page.unreadable;
    }
  }
  const Json* more = Member(*json, "has_more");
  if (more == nullptr || *more != false) page.next_cursor = Text(*json, "next_cursor", kMaxCursorBytes);
  return page;
}

std::optional<std::int64_t> ReadCredits(std::string_view body) {
  const Result<Json> json = ParseJson(body);
  const Json* credits = json ? Member(*json, "credits") : nullptr;
  if (credits == nullptr) return std::nullopt;
  const Json* currency = Member(*credits, "currency");
  if (currency != nullptr && *currency != "USD" && *currency != "usd") return std::nullopt;
  return Dollars(*credits, "current_balance");
}

}  // namespace flux::fal
