// Keeps the latest bills and the latest requests in two queues of bounded length, and the totals of all.
#include "sim/ledger/ledger.h"

#include "sim/apps/body.h"

namespace flux::sim {

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
  const std::lock_guard lock(mutex_);
  billed_units_ += purchase.billable_units;
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
}

Json Ledger::Bills() const {
  const std::lock_guard lock(mutex_);
  Json purchases = Json::array();
  for (const Purchase& purchase : purchases_) {
    purchases.push_back({{"request_id", purchase.request_id},
                         {"endpoint", purchase.endpoint},
                         {"billable_units", purchase.billable_units},
                         {"images", purchase.images},
                         {"seed", purchase.seed},
                         {"status", purchase.status},
                         {"time", purchase.time}});
  }
  return {{"purchases", std::move(purchases)}, {"requests", requests_}, {"billed_units", billed_units_}};
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
