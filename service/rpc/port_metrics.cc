// Reads the counters at every scrape.
#include "service/rpc/port_metrics.h"

#include <prometheus/metric_family.h>

#include <array>
#include <utility>

namespace flux::service {
namespace {

prometheus::ClientMetric Number(prometheus::MetricType type, std::uint64_t value) {
  prometheus::ClientMetric metric;
  if (type == prometheus::MetricType::Counter) {
    metric.counter.value = static_cast<double>(value);
  } else {
    metric.gauge.value = static_cast<double>(value);
  }
  return metric;
}

using Causes = std::vector<std::pair<const char*, std::uint64_t>>;

prometheus::MetricFamily ByCause(const char* name, const char* help, const Causes& causes) {
  prometheus::MetricFamily family{name, help, prometheus::MetricType::Counter, {}};
  for (const auto& [why, count] : causes) {
    family.metric.push_back(Number(prometheus::MetricType::Counter, count));
    family.metric.back().label = {{"why", why}};
  }
  return family;
}

}  // namespace

std::vector<prometheus::MetricFamily> PortMetrics::Collect() const {
  using enum prometheus::MetricType;
  const auto single = [](const char* name, const char* help, prometheus::MetricType type,
                         std::uint64_t value) {
    return prometheus::MetricFamily{name, help, type, {Number(type, value)}};
  };
  const RpcListenerCounters& connections = listener_.counters();
  const Causes ended{{"over_limit", connections.over_limit},
                     {"silent", connections.silent},
                     {"talkative", connections.talkative},
                     {"not_grpc", connections.not_grpc},
                     {"out_of_files", connections.out_of_files}};
  // In the order of CallEnd.
  constexpr std::array<const char*, kCallEnds> kNames{"unauthenticated", "unknown_method", "compressed",
                                                      "over_limit",      "slow_message",   "unread_reply"};
  Causes calls;
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    calls.emplace_back(kNames[i], calls_.Ended(static_cast<CallEnd>(i)));
  }
  return {
      single("flux_service_connections_open", "Connections of the gRPC port that are open now.", Gauge,
             connections.open),
      single("flux_service_connections_accepted_total", "Connections that the gRPC port accepted.", Counter,
             connections.accepted),
      ByCause("flux_service_connections_ended_total",
              "Connections that were ended before gRPC had them, or to make room.", ended),
      single("flux_service_calls_open", "Calls of any RPC that have not ended.", Gauge, calls_.live()),
      ByCause("flux_service_calls_ended_total", "Calls that the gRPC port itself refused or cut.", calls),
      single("flux_service_bytes_in_flight",
             "Bytes of calls, requests and pictures held now, as they are counted against the limit.", Gauge,
             budget_.used()),
      single("flux_service_bytes_in_flight_limit", "The most bytes that may be held.", Gauge,
             budget_.limit()),
  };
}

}  // namespace flux::service
