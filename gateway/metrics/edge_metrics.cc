// Reads the atomics at every scrape.
#include "gateway/metrics/edge_metrics.h"

#include <prometheus/metric_family.h>

#include <array>
#include <tuple>

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
  const auto failures = [this] {
    // In the order of HandshakeFailure.
    constexpr std::array kNames{"not_tls", "protocol", "timeout", "overloaded"};
    static_assert(kNames.size() == std::tuple_size_v<decltype(counters_.handshakes_failed)>);
    prometheus::MetricFamily family{
        "flux_gateway_tls_handshakes_failed_total", "TLS handshakes that came to nothing.", Counter, {}};
    for (std::size_t i = 0; i < kNames.size(); ++i) {
      prometheus::ClientMetric& metric = family.metric.emplace_back();
      metric.label = {{"why", kNames[i]}};
      metric.counter.value = static_cast<double>(counters_.handshakes_failed[i]);
    }
    return family;
  };
  const auto cut = [this] {
    prometheus::MetricFamily family{
        "flux_gateway_replies_cut_total", "Replies that their callers did not get whole.", Counter, {}};
    for (const Billed billed : {Billed::kNo, Billed::kMaybe, Billed::kYes}) {
      prometheus::ClientMetric& metric = family.metric.emplace_back();
      metric.label = {{"billed", std::string(Name(billed))}};
      metric.counter.value = static_cast<double>(counters_.Cut(billed));
    }
    return family;
  };
  return {
      Family("flux_gateway_connections_open", "Public connections that are open now.", Gauge, counters_.open),
      Family("flux_gateway_connections_accepted_total", "Public connections accepted.", Counter,
             counters_.accepted),
      Family(
          "flux_gateway_body_bytes_in_flight",
          "Bytes of request and reply bodies, of room set aside for replies, and of TLS handshakes held now.",
          Gauge, counters_.bytes_in_flight),
      Family("flux_gateway_callers_left_total", "Callers who left while their request was worked on.",
             Counter, counters_.left),
      Family("flux_gateway_tls_handshakes_total", "TLS handshakes done.", Counter, counters_.handshakes),
      failures(),
      cut(),
  };
}

}  // namespace flux::gateway
