// Deadline, metadata, failure.
#include "gateway/backend/grpc_line.h"

#include <string>

#include "gateway/backend/rpc_status.h"

namespace flux::gateway {

void PrepareCall(const CallContext& from, bool trusted, grpc::ClientContext& context) {
  const auto left = from.deadline - std::chrono::steady_clock::now();
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::duration_cast<std::chrono::system_clock::duration>(left));
  context.AddMetadata("x-request-id", from.request_id);
  if (!from.traceparent.empty()) context.AddMetadata("traceparent", from.traceparent);
  if (from.retry > 0) context.AddMetadata("x-flux-retry", std::to_string(from.retry));
  if (!trusted) return;
  if (!from.caller.empty()) context.AddMetadata("x-flux-caller", from.caller);
}

Status FailureOfCall(const grpc::Status& rpc, bool spends) {
  Status status = FromRpc(rpc.error_code(), rpc.error_message(), rpc.error_details());
  if (!spends) status.billed = Billed::kNo;
  return status;
}

}  // namespace flux::gateway
