// Reads the counts at every scrape.
#include "base/program_metrics.h"

#include <prometheus/metric_family.h>

#include <chrono>
#include <utility>

namespace flux {

std::vector<prometheus::MetricFamily> ProgramMetrics::Collect() const {
  using enum prometheus::MetricType;
  std::vector<prometheus::MetricFamily> families;
  prometheus::MetricFamily lines{prefix_ + "_log_lines_dropped_total",
                                 "Log lines that were dropped because nobody read the log.",
                                 Counter,
                                 {}};
  const Log::Dropped dropped = log_.dropped();
  for (const auto& [kind, count] : {std::pair{"line", dropped.lines}, {"receipt", dropped.receipts}}) {
    prometheus::ClientMetric metric;
    metric.label = {{"kind", kind}};
    metric.counter.value = static_cast<double>(count);
    lines.metric.push_back(std::move(metric));
  }
  families.push_back(std::move(lines));
  if (const std::optional<WallTime> end = certificate_end_()) {
    prometheus::ClientMetric metric;
    metric.gauge.value = std::chrono::duration<double>(end->time_since_epoch()).count();
    families.push_back({prefix_ + "_certificate_end_timestamp_seconds",
                        "When the certificate that is shown ends, in seconds since 1970.",
                        Gauge,
                        {metric}});
  }
  return families;
}

}  // namespace flux
