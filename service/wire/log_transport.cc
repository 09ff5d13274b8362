// Writes the line.
#include "service/wire/log_transport.h"

namespace flux::fal {

asio::awaitable<Result<FalReply>> LogTransport::Send(const FalCall& call) {
  const SteadyTime start = clock_.Now();
  Result<FalReply> result = co_await next_.Send(call);
  const double ms = std::chrono::duration<double, std::milli>(clock_.Now() - start).count();
  if (result) {
    log_.Receipt(LogLevel::kInfo, "fal_call",
                 {{"request_id", call.request_id},
                  {"model", call.model},
                  {"endpoint", call.endpoint},
                  {"attempt", call.attempt},
                  {"status", result->status},
                  {"fal_request_id", result->request_id},
                  {"billable_units", result->billable_units},
                  {"backup", result->from_backup},
                  {"duration_ms", ms}});
  } else {
    const Status& status = result.error();
    log_.Receipt(LogLevel::kWarn, "fal_call",
                 {{"request_id", call.request_id},
                  {"model", call.model},
                  {"endpoint", call.endpoint},
                  {"attempt", call.attempt},
                  {"reason", RowOf(status.reason).name},
                  {"message", status.message},
                  {"billed", Name(status.billed)},
                  {"duration_ms", ms}});
  }
  co_return result;
}

}  // namespace flux::fal
