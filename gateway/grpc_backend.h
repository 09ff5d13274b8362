// GrpcBackend: FluxBackend over one gRPC channel.
#pragma once

#include <memory>
#include <string>

#include "base/options.h"
#include "gateway/flux_backend.h"

namespace flux::gateway {

// Connects in the background and for ever; calls spread round-robin over all addresses of the target, leaving
// out those whose health check does not say SERVING. Destroyed after its last call has ended.
class GrpcBackend final : public FluxBackend {
 public:
  // `target` is any gRPC target: "HOST:PORT", "dns:///NAME:PORT", "unix:PATH".
  GrpcBackend(const std::string& target, Bytes max_message);
  ~GrpcBackend() override;

  asio::awaitable<Result<v1::Generation>> Generate(GenerationRequest request, CallContext context) override;
  bool Ready() override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace flux::gateway
