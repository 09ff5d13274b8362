// GrpcBackend: FluxBackend over one gRPC channel.
#pragma once

#include <asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "base/options.h"
#include "gateway/backend/flux_backend.h"

namespace flux::gateway {

// How to reach flux-service, and how to prove who we are.
struct GrpcBackendOptions {
  // Any gRPC target: "HOST:PORT", "dns:///NAME:PORT", "unix:PATH".
  std::string target;
  Bytes max_message{128ULL << 20};
  // PEM files; read again when they change. An authority makes the channel TLS; a pair of our own makes it
  // mutual.
  std::string ca_file = {};
  std::string certificate_file = {};
  std::string key_file = {};
  // Sent as `authorization: Bearer …`; empty: none. Refused over a channel that others can read.
  std::string token = {};
  // How long a connection is used for new calls; 0: as long as it holds. The service's addresses are looked
  // up again with each new one.
  std::chrono::milliseconds connection_age{0};
  // The loop that all calls come from, where there is only one: then it does gRPC's work itself. Null: a
  // thread of its own does. Borrowed.
  asio::io_context* loop = nullptr;
};

// Whether nobody else can read or write the channel: TLS, a unix socket, or this machine's loopback.
bool IsTrustedChannel(const GrpcBackendOptions& options);

// Connects in the background and for ever; calls spread round-robin over all addresses of the target, leaving
// out those whose health check does not say SERVING. Who the caller is and the token are sent over a trusted
// channel only. Destroyed after its last call has ended.
class GrpcBackend final : public FluxBackend {
 public:
  explicit GrpcBackend(GrpcBackendOptions options);
  ~GrpcBackend() override;

  asio::awaitable<Result<v1::Generation>> Generate(GenerationRequest& request,
                                                   const CallContext& context) override;
  asio::awaitable<Result<v1::CreateJobResponse>> CreateJob(GenerationRequest& request,
                                                           const std::string& webhook_url,
                                                           const CallContext& context) override;
  asio::awaitable<Result<v1::EstimateCostResponse>> EstimateCost(GenerationRequest& request,
                                                                 const CallContext& context) override;
  asio::awaitable<Result<v1::CancelJobResponse>> CancelJob(const std::string& id,
                                                           const CallContext& context) override;
  asio::awaitable<Result<v1::ListModelsResponse>> ListModels(const CallContext& context) override;
  asio::awaitable<Result<v1::Job>> GetJob(const std::string& id, const CallContext& context) override;
  std::unique_ptr<JobWatch> WatchJob(const std::string& id, std::uint32_t logs_seen,
                                     const CallContext& context) override;
  asio::awaitable<Result<v1::ListJobsResponse>> ListJobs(const v1::ListJobsRequest& page,
                                                         const CallContext& context) override;
  asio::awaitable<Result<v1::Job>> RedeliverWebhook(const std::string& id,
                                                    const CallContext& context) override;
  asio::awaitable<Result<v1::AcceptFalWebhookResponse>> AcceptFalWebhook(v1::AcceptFalWebhookRequest& webhook,
                                                                         const CallContext& context) override;
  asio::awaitable<Result<v1::GetUsageResponse>> GetUsage(std::uint32_t days,
                                                         const CallContext& context) override;
  bool Ready() override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace flux::gateway
