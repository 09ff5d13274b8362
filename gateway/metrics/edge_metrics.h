// EdgeMetrics: the listener's counters as series.
#pragma once

#include <prometheus/collectable.h>

#include "gateway/http/counters.h"

namespace flux::gateway {

// Series: flux_gateway_connections_open, flux_gateway_connections_accepted_total,
// flux_gateway_body_bytes_in_flight, flux_gateway_callers_left_total, flux_gateway_tls_handshakes_total,
// flux_gateway_tls_handshakes_failed_total{why}, flux_gateway_replies_cut_total{billed}. Refusals are counted
// by GatewayMetrics. Thread-safe.
class EdgeMetrics final : public prometheus::Collectable {
 public:
  // Borrowed.
  explicit EdgeMetrics(const Counters& counters) : counters_(counters) {}

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const Counters& counters_;
};

}  // namespace flux::gateway
