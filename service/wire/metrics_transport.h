// MetricsTransport: counts every call to fal. Outermost, so it sees every outcome.
#pragma once

#include "service/wire/metrics.h"
#include "service/wire/transport.h"

namespace flux::fal {

class MetricsTransport final : public FalTransport {
 public:
  MetricsTransport(FalTransport& next, Metrics& metrics) : next_(next), metrics_(metrics) {}

  asio::awaitable<Result<FalReply>> Send(const FalCall& call) override;

 private:
  FalTransport& next_;
  Metrics& metrics_;
};

}  // namespace flux::fal
