// Asks admission.
#include "gateway/guard/admission_gauges.h"

#include <prometheus/metric_family.h>

namespace flux::gateway {
namespace {

prometheus::MetricFamily Gauge(const char* name, const char* help, double value) {
  prometheus::ClientMetric metric;
  metric.gauge.value = value;
  return {name, help, prometheus::MetricType::Gauge, {metric}};
}

}  // namespace

std::vector<prometheus::MetricFamily> AdmissionGauges::Collect() const {
  return {
      Gauge("flux_gateway_api_keys", "API keys that are valid now.", static_cast<double>(admission_.Keys())),
      Gauge("flux_gateway_rate_limit_addresses", "Addresses that have used some of their allowance.",
            static_cast<double>(admission_.Remembered())),
      Gauge("flux_gateway_rate_limit_store_up",
            "1 while rate limits are counted where --rate-limit-store says, 0 while Redis is away.",
            admission_.StoreUp() ? 1 : 0),
  };
}

}  // namespace flux::gateway
