// PortMetrics: what the gRPC port counts, as series.
#pragma once

#include <prometheus/collectable.h>

#include "service/rpc/byte_budget.h"
#include "service/rpc/calls.h"
#include "service/rpc/listener.h"

namespace flux::service {

// Series: flux_service_connections_open, flux_service_connections_accepted_total,
// flux_service_connections_ended_total{why}, flux_service_calls_open, flux_service_calls_ended_total{why},
// flux_service_bytes_in_flight, flux_service_bytes_in_flight_limit.
// Thread-safe.
class PortMetrics final : public prometheus::Collectable {
 public:
  // Borrowed.
  PortMetrics(const RpcListener& listener, const Calls& calls, const ByteBudget& budget)
      : listener_(listener), calls_(calls), budget_(budget) {}

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const RpcListener& listener_;
  const Calls& calls_;
  const ByteBudget& budget_;
};

}  // namespace flux::service
