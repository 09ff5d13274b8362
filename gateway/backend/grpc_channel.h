// One gRPC channel to flux-service: which connections it makes, and how it proves who calls.
#pragma once

#include <memory>

#include "gateway/backend/grpc_backend.h"

namespace grpc {
class Channel;
}

namespace flux::gateway {

// A channel that shares its connections with no other. It connects when it is asked to.
std::shared_ptr<grpc::Channel> MakeChannel(const GrpcBackendOptions& options);

}  // namespace flux::gateway
