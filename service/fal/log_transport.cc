// Writes the line.
#include "service/fal/log_transport.h"

namespace flux::fal {

asio::awaitable<Result<FalReply>> LogTransport::Send(FalCall call) {
  const SteadyTime start = clock_.Now();
  const std::string model = call.model;
  const std::string endpoint = call.endpoint;
  const std::string request_id = call.request_id;
  const int attempt = call.attempt;
  Result<FalReply> result = co_await next_.Send(std::move(call));
  const double ms = std::chrono::duration<double, std::milli>(clock_.Now() - start).count();
  if (result) {
    log_.Info("fal_call", {{"request_id", request_id},
                           {"model", model},
                           {"endpoint", endpoint},
                           {"attempt", attempt},
                           {"status", result->status},
                           {"fal_request_id", result->request_id},
                           {"billable_units", result->billable_units},
                           {"duration_ms", ms}});
  } else {
    const Status& status = result.error();
    log_.Warn("fal_call", {{"request_id", request_id},
                           {"model", model},
                           {"endpoint", endpoint},
                           {"attempt", attempt},
                           {"reason", RowOf(status.reason).name},
                           {"message", status.message},
                           {"billed", Name(status.billed)},
                           {"duration_ms", ms}});
  }
  co_return result;
}

}  // namespace flux::fal
