// Begin, end.
#include "service/fal/metrics_transport.h"

namespace flux::fal {

asio::awaitable<Result<FalReply>> MetricsTransport::Send(FalCall call) {
  const std::string model = call.model;
  metrics_.Begin();
  Result<FalReply> result = co_await next_.Send(std::move(call));
  metrics_.End(model, result);
  co_return result;
}

}  // namespace flux::fal
