// Begin, end.
#include "service/wire/metrics_transport.h"

namespace flux::fal {

asio::awaitable<Result<FalReply>> MetricsTransport::Send(const FalCall& call) {
  metrics_.Begin();
  Result<FalReply> result = co_await next_.Send(call);
  metrics_.End(call.model, result);
  co_return result;
}

}  // namespace flux::fal
