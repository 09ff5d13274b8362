// Reads the counters.
#include "gateway/doors/job_gauges.h"

#include <prometheus/metric_family.h>

#include <string>
#include <utility>

namespace flux::gateway {
namespace {

using Count = std::atomic<std::uint64_t>;

prometheus::MetricFamily Gauge(const char* name, const char* help, const Count& count) {
  prometheus::ClientMetric metric;
  metric.gauge.value = static_cast<double>(count.load());
  return {name, help, prometheus::MetricType::Gauge, {metric}};
}

prometheus::MetricFamily Counter(const char* name, const char* help) {
  return {name, help, prometheus::MetricType::Counter, {}};
}

prometheus::MetricFamily With(prometheus::MetricFamily family, const char* outcome, const Count& count) {
  prometheus::ClientMetric metric;
  if (*outcome != 0) metric.label.push_back({"outcome", outcome});
  metric.counter.value = static_cast<double>(count.load());
  family.metric.push_back(std::move(metric));
  return family;
}

}  // namespace

std::vector<prometheus::MetricFamily> JobGauges::Collect() const {
  const JobCounters& now = counters_;
  return {
      Gauge("flux_gateway_job_streams_open", "Streams of events of jobs that are open now.",
            now.streams_open),
      Gauge("flux_gateway_jobs_watched",
            "Jobs that flux-service is asked about now, however many wait for each.", now.watched),
      With(With(Counter("flux_gateway_job_streams_total",
                        "Streams of events of jobs, by what became of the request."),
                "begun", now.streams),
           "refused", now.streams_refused),
      With(Counter("flux_gateway_job_watches_renewed_total",
                   "Watches of jobs that were begun again, after the connection to flux-service or its "
                   "patience ended."),
           "", now.watches_renewed),
      With(With(Counter("flux_gateway_job_waits_total",
                        "Replies that were held for a job, by how the wait ended."),
                "done", now.waits_done),
           "ran_out", now.waits_ran_out),
      With(With(Counter("flux_gateway_fal_webhooks_total",
                        "Webhooks of fal, by what flux-service made of them."),
                "accepted", now.hooks_accepted),
           "refused", now.hooks_refused),
  };
}

}  // namespace flux::gateway
