// Amounts are whole nano-dollars inside, and dollars with a fraction in what is told.
#include "sim/ledger/charges.h"

#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "sim/apps/models.h"
#include "sim/apps/prices.h"

namespace flux::sim {
namespace {

double Dollars(std::int64_t nano_usd) {
  return static_cast<double>(nano_usd) / 1e9;
}

bool Has(const std::vector<std::string>& wanted, const std::string& value) {
  return wanted.empty() || std::ranges::find(wanted, value) != wanted.end();
}

}  // namespace

std::int64_t Charges::Add(const std::string& request_id, const std::string& endpoint, double units) {
  const std::lock_guard lock(mutex_);
  Event event{.number = next_number_++,
              .request_id = request_id,
              .endpoint = endpoint,
              .at = clock_.WallNow(),
              .added = clock_.Now(),
              .units = units,
              .percent_discount = habits_.percent_discount};
  event.subtotal_nano_usd = std::llround(units * static_cast<double>(NanoUsdPerUnit(endpoint)));
  event.total_nano_usd =
      std::llround(static_cast<double>(event.subtotal_nano_usd) * (100 - event.percent_discount) / 100);
  const std::int64_t total = event.total_nano_usd;
  charged_nano_usd_ += total;
  events_.push_back(std::move(event));
  if (events_.size() > kMost) events_.pop_front();
  return total;
}

void Charges::Reset() {
  const std::lock_guard lock(mutex_);
  events_.clear();
  charged_nano_usd_ = 0;
}

BillingHabits Charges::habits() const {
  const std::lock_guard lock(mutex_);
  return habits_;
}

void Charges::set_habits(const BillingHabits& habits) {
  const std::lock_guard lock(mutex_);
  habits_ = habits;
}

std::int64_t Charges::CreditsLeft() const {
  const std::lock_guard lock(mutex_);
  return habits_.credits_nano_usd - charged_nano_usd_;
}

Json Charges::Item(const Event& event, SteadyTime now) const {
  std::string endpoint = event.endpoint;
  std::string_view app, path;
  if (habits_.short_ids && SplitEndpoint(event.endpoint, app, path)) endpoint = app;
  const bool provisional = event.added + habits_.lag + habits_.provisional > now;
  const std::int64_t total = provisional ? 0 : event.total_nano_usd;
  return {{"request_id", event.request_id},
          {"endpoint_id", endpoint},
          {"timestamp", Iso8601(event.at)},
          {"output_units", event.units},
          {"unit_price", Dollars(NanoUsdPerUnit(event.endpoint))},
          {"percent_discount", event.percent_discount},
          {"cost_subtotal", Dollars(provisional ? 0 : event.subtotal_nano_usd)},
          {"cost_discount", Dollars(provisional ? 0 : event.subtotal_nano_usd - event.total_nano_usd)},
          {"cost_total", Dollars(total)},
          {"cost_estimate_nano_usd", total}};
}

std::optional<Json> Charges::List(const ChargesQuery& query) const {
  std::uint64_t before = 0;
  if (!query.cursor.empty() && !absl::SimpleHexAtoi(query.cursor, &before)) return std::nullopt;
  const std::lock_guard lock(mutex_);
  const SteadyTime now = clock_.Now();
  Json items = Json::array();
  Json next;
  std::uint64_t last = 0;
  for (auto event = events_.rbegin(); event != events_.rend(); ++event) {
    if (before != 0 && event->number >= before) continue;
    if (event->added + habits_.lag + query.extra_lag > now) continue;
    if ((query.start && event->at < *query.start) || (query.end && event->at >= *query.end)) continue;
    if (!Has(query.endpoints, event->endpoint) || !Has(query.request_ids, event->request_id)) continue;
    if (items.size() == query.limit) {
      next = std::string(absl::StrCat(absl::Hex(last)));
      break;
    }
    items.push_back(Item(*event, now));
    last = event->number;
  }
  const bool has_more = !next.is_null();
  return Json{{"billing_events", std::move(items)}, {"next_cursor", std::move(next)}, {"has_more", has_more}};
}

}  // namespace flux::sim
