// GatewayMetrics: the gateway's series. Labels are routes of the table and reasons of the error table, never
// what a client sent.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/reason.h"

namespace prometheus {
class Registry;
}

namespace flux::gateway {

// Series:
//   flux_gateway_requests_total{route,reason}   flux_gateway_request_duration_seconds{route}
//   flux_gateway_overhead_seconds               flux_gateway_requests_in_flight
// `route` is a path of the table, or "other"; `reason` is OK or a code of the error table. Thread-safe.
class GatewayMetrics {
 public:
  // `routes`: every pattern of the table.
  GatewayMetrics(prometheus::Registry& registry, const std::vector<std::string_view>& routes);
  ~GatewayMetrics();

  // A request is worked on from here to there.
  void Begin();
  void End();
  // What became of a request. `route` is empty where no row matched. `overhead`: own part of a successful
  // generation.
  void Done(std::string_view route, std::optional<Reason> failure, std::chrono::duration<double> total,
            std::optional<std::chrono::duration<double>> overhead);
  // A request that was refused before it had a route.
  void Refused(Reason reason);

 private:
  struct Series;
  std::unique_ptr<Series> series_;
};

}  // namespace flux::gateway
