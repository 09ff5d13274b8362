// grpc_watch: the RPC that follows a job. A room of this folder; nobody else includes it.
#pragma once

#include <memory>

#include "flux/v1/jobs.pb.h"
#include "gateway/backend/flux_backend.h"
#include "gateway/backend/grpc_line.h"

namespace flux::gateway {

// Begins it. `queue` is polled until the call has ended, which may be after the watch.
std::unique_ptr<JobWatch> StartWatch(std::shared_ptr<const GrpcLine> line, const v1::WatchJobRequest& request,
                                     const CallContext& context, bool trusted, GrpcQueue& queue);

}  // namespace flux::gateway
