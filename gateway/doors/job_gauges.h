// JobGauges: what is counted of jobs that are waited for, as series, read at every scrape.
#pragma once

#include <prometheus/collectable.h>

#include "gateway/doors/job_counters.h"

namespace flux::gateway {

// Series:
//   flux_gateway_job_streams_open          flux_gateway_job_streams_total{outcome}   (begun, refused)
//   flux_gateway_jobs_watched              flux_gateway_job_watches_renewed_total
//   flux_gateway_job_waits_total{outcome}  (done, ran_out)
//   flux_gateway_fal_webhooks_total{outcome}  (accepted, refused)
// Thread-safe.
class JobGauges final : public prometheus::Collectable {
 public:
  // Borrowed.
  explicit JobGauges(const JobCounters& counters) : counters_(counters) {}

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const JobCounters& counters_;
};

}  // namespace flux::gateway
