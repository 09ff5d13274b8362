// BillMetrics: what operators see of fal's bill.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "service/store/bill_records.h"

namespace prometheus {
class Registry;
}

namespace flux::service {

// Series:
//   flux_bill_fetches_total{outcome}             flux_bill_events_total{outcome}
//   flux_bill_charged_dollars_total              flux_bill_recent_dollars{amount}
//   flux_bill_drift_ratio                        flux_bill_recent_findings{kind}
//   flux_bill_findings_total{kind}               flux_bill_findings_dollars_total{kind}
//   flux_bill_refused                            flux_bill_last_success_timestamp_seconds
//   flux_bill_credits_dollars, once it is known  flux_bill_notes_lost_total
// What is recent is of today and yesterday, UTC. Counters are of this process; what is recent and the time of
// the last success are the store's, so all replicas show them alike. On the event loop.
class BillMetrics {
 public:
  // `registry` outlives it.
  explicit BillMetrics(prometheus::Registry& registry);
  ~BillMetrics();
  BillMetrics(const BillMetrics&) = delete;
  BillMetrics& operator=(const BillMetrics&) = delete;

  void CountFetch();                      // a turn that went well
  void CountFetch(const Status& failed);  // one that did not
  void Count(const KeptCharges& kept);
  void CountUnreadable(std::size_t events);
  void Count(const Finding& finding);
  void CountLost(std::uint64_t so_far);
  void ShowRefused(bool refused);
  void ShowCredits(std::int64_t nano_usd);
  void Show(const BillView& recent);

 private:
  struct Series;
  const std::unique_ptr<Series> series_;
};

}  // namespace flux::service
