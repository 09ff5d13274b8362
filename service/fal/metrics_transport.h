// MetricsTransport: counts and times every exchange with fal. Outermost, so it sees every outcome.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "service/fal/transport.h"

namespace prometheus {
class Registry;
}

namespace flux::fal {

// Series (labels are closed: models of the catalogue, outcomes of a fixed list):
//   flux_fal_requests_total{model,outcome}   flux_fal_request_duration_seconds{model}
//   flux_fal_requests_in_flight
class MetricsTransport final : public FalTransport {
 public:
  // Borrows everything; resolves all series now.
  MetricsTransport(FalTransport& next, prometheus::Registry& registry, const std::vector<std::string>& models,
                   const Clock& clock);
  ~MetricsTransport() override;

  asio::awaitable<Result<FalReply>> Send(FalCall call) override;

 private:
  struct Series;
  FalTransport& next_;
  const Clock& clock_;
  std::unique_ptr<Series> series_;
};

}  // namespace flux::fal
