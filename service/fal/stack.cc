// From the wire outwards, one sentence per layer on why it sits there.
#include "service/fal/stack.h"

#include "service/fal/log_transport.h"
#include "service/fal/metrics_transport.h"

namespace flux::fal {

Stack::Stack(Borrowed borrowed, CurlTransportOptions wire, const std::vector<std::string>& models) {
  // Wire: the only layer that knows HTTP.
  layers_.push_back(std::make_unique<CurlTransport>(borrowed.loop, std::move(wire)));
  // Log: directly around the wire, so that each attempt has a line.
  if (borrowed.log != nullptr) {
    layers_.push_back(std::make_unique<LogTransport>(*layers_.back(), *borrowed.log, borrowed.clock));
  }
  // Metrics: outermost, so that it sees every outcome.
  layers_.push_back(
      std::make_unique<MetricsTransport>(*layers_.back(), borrowed.registry, models, borrowed.clock));
  top_ = layers_.back().get();
}

Stack::~Stack() {
  while (!layers_.empty()) layers_.pop_back();  // outermost first: each layer borrows the one below
}

}  // namespace flux::fal
