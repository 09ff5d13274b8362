// Keeps the latest bills and the latest requests in two queues of bounded length, and the totals of all.
#include "sim/ledger/ledger.h"

#include <cmath>

#include "sim/apps/body.h"

namespace flux::sim {
namespace {

// Cuts a prompt where the ledger ends it. Half a character may stay; it is written as U+FFFD.
void Shorten(std::string& prompt) {
  if (prompt.size() > Ledger::kMostPromptBytes) prompt.resize(Ledger::kMostPromptBytes);
}

// Units, whole ones without a point.
Json Count(double units) {
  if (std::nearbyint(units) == units) return static_cast<std::int64_t>(units);
  return units;
}

}  // namespace

void Ledger::Receive(Received received) {
  const std::lock_guard lock(mutex_);
  ++requests_;
  received_bytes_ += received.body.size();
  received_.push_back(std::move(received));
  while (received_.size() > kMostReceived || (received_bytes_ > kMostReceivedBytes && received_.size() > 1)) {
    received_bytes_ -= received_.front().body.size();
    received_.pop_front();
  }
}

void Ledger::Bill(Purchase purchase) {
  constexpr int kNeverCharged = 500;  // failed requests have no event (fal-api §14)
  Shorten(purchase.prompt);
  if (charges_ != nullptr && purchase.charged && purchase.status < kNeverCharged) {
    purchase.cost_nano_usd = charges_->Add(purchase.request_id, purchase.endpoint, purchase.billable_units);
  }
  const std::lock_guard lock(mutex_);
  billed_units_ += purchase.billable_units;
  cost_nano_usd_ += purchase.cost_nano_usd;
  purchases_.push_back(std::move(purchase));
  if (purchases_.size() > most_purchases_) purchases_.pop_front();
}

void Ledger::Reset() {
  const std::lock_guard lock(mutex_);
  purchases_.clear();
  received_.clear();
  received_bytes_ = 0;
  requests_ = 0;
  billed_units_ = 0;
  cost_nano_usd_ = 0;
}

Json Ledger::Bills(const LedgerFilter& filter) const {
  const auto is = [](const std::optional<std::string>& wanted, std::string_view value) {
    return !wanted || *wanted == value;
  };
  std::optional<std::string> prompt = filter.prompt;
  if (prompt) Shorten(*prompt);
  const std::lock_guard lock(mutex_);
  Json purchases = Json::array();
  for (const Purchase& purchase : purchases_) {
    if (!is(prompt, purchase.prompt) || !is(filter.request_id, purchase.request_id) ||
        !is(filter.endpoint, purchase.endpoint) || !is(filter.door, purchase.door)) {
      continue;
    }
    purchases.push_back({{"request_id", purchase.request_id},
                         {"endpoint", purchase.endpoint},
                         {"door", purchase.door},
                         {"billable_units", Count(purchase.billable_units)},
                         {"cost_nano_usd", purchase.cost_nano_usd},
                         {"images", purchase.images},
                         {"seed", purchase.seed},
                         {"status", purchase.status},
                         {"time", purchase.time},
                         {"input_sha256", purchase.input_sha256},
                         {"prompt", purchase.prompt}});
  }
  return {{"purchases", std::move(purchases)},
          {"requests", requests_},
          {"billed_units", Count(billed_units_)},
          {"cost_nano_usd", cost_nano_usd_}};
}

Json Ledger::Requests() const {
  const std::lock_guard lock(mutex_);
  Json requests = Json::array();
  for (const Received& received : received_) {
    Json headers = Json::object();
    for (const auto& [name, value] : received.headers) headers[name] = value;
    ParsedJson body = ParseJson(received.body);
    requests.push_back({{"request_id", received.request_id},
                        {"endpoint", received.endpoint},
                        {"headers", std::move(headers)},
                        {"body", body.value ? Json(std::move(*body.value)) : Json(received.body)}});
  }
  return {{"requests", std::move(requests)}};
}

}  // namespace flux::sim
