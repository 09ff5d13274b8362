// grpc_line: what calls to flux-service are made with, and what every one of them says. A room of this
// folder; nobody else includes it.
#pragma once

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <memory>
#include <optional>

#include "base/clock.h"
#include "base/queue_poller.h"
#include "base/status.h"
#include "flux/v1/flux_service.grpc.pb.h"
#include "gateway/backend/flux_backend.h"
#include "gateway/backend/grpc_channel.h"

namespace flux::gateway {

// What calls are begun on.
struct GrpcQueue {
  grpc::CompletionQueue events;
  std::optional<QueuePoller> poller;  // on the one loop that there is; else a thread waits for the events

  // To be called when something was begun, or is to end: it may have ended already.
  void Begun() {
    if (poller) poller->StirHere();
  }
};

// Who is told of an event of the completion queue, on the poller's thread.
class GrpcWaiter {
 public:
  virtual ~GrpcWaiter() = default;
  // `ok`: what was begun has come to something.
  virtual void OnEvent(bool ok) = 0;
};

// A channel, and what calls are made with. It lasts until its last call has ended.
struct GrpcLine {
  explicit GrpcLine(const GrpcBackendOptions& options)
      : channel(MakeChannel(options)),
        stub(v1::FluxService::NewStub(channel)),
        since(std::chrono::steady_clock::now()) {}

  const std::shared_ptr<grpc::Channel> channel;
  const std::unique_ptr<v1::FluxService::Stub> stub;
  const SteadyTime since;
};

// Gives a call its deadline, its request's id and, where the channel is trusted, its caller.
void PrepareCall(const CallContext& from, bool trusted, grpc::ClientContext& context);

// Why a call failed; `spends`: whether it may have cost money.
Status FailureOfCall(const grpc::Status& rpc, bool spends);

}  // namespace flux::gateway
