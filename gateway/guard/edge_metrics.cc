// Reads the atomics at every scrape.
#include "gateway/guard/edge_metrics.h"

#include <prometheus/metric_family.h>

namespace flux::gateway {
namespace {

prometheus::MetricFamily Family(const char* name, const char* help, prometheus::MetricType type,
                                std::uint64_t value) {
  prometheus::ClientMetric metric;
  if (type == prometheus::MetricType::Counter) {
    metric.counter.value = static_cast<double>(value);
  } else {
    metric.gauge.value = static_cast<double>(value);
  }
  return {name, help, type, {metric}};
}

}  // namespace

std::vector<prometheus::MetricFamily> EdgeMetrics::Collect() const {
  using enum prometheus::MetricType;
  return {
      Family("flux_gateway_connections_open", "Public connections that are open now.", Gauge, counters_.open),
      Family("flux_gateway_connections_accepted_total", "Public connections accepted.", Counter,
             counters_.accepted),
      Family("flux_gateway_body_bytes_in_flight", "Bytes of request and reply bodies held now.", Gauge,
             counters_.bytes_in_flight),
      Family("flux_gateway_callers_left_total", "Callers who left while their request was worked on.",
             Counter, counters_.left),
  };
}

}  // namespace flux::gateway
