// Finds the row.
#include "gateway/doors/job_failure.h"

#include "gateway/backend/rpc_status.h"

namespace flux::gateway {

bool IsOver(const v1::Job& job) {
  return job.state() == v1::JOB_STATE_SUCCEEDED || job.state() == v1::JOB_STATE_FAILED;
}

bool MayPass(Reason reason) {
  return reason != Reason::kUnknownJob && reason != Reason::kInternal && reason != Reason::kInvalidField &&
         reason != Reason::kCancelled;
}

Status FailureOf(const v1::Job& job) {
  const v1::JobError& error = job.error();
  const ReasonRow* row = FindReason(error.reason());
  Status status(row == nullptr ? Reason::kOutcomeUnknown : row->reason);
  if (!error.message().empty()) status.message = error.message();
  status.billed = FromProto(error.billed(), Billed::kMaybe);
  status.job = job.id();
  if (!error.fal_body().empty()) status.upstream = UpstreamError{0, "", error.fal_body()};
  return status;
}

}  // namespace flux::gateway
