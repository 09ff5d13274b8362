// FluxBackend: the seam between the gateway and flux-service: its RPCs, as coroutines.
#pragma once

#include <asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "flux/v1/generation.pb.h"
#include "flux/v1/jobs.pb.h"
#include "gateway/backend/generation_request.h"

namespace flux::gateway {

// What travels with a request beside its content.
struct CallContext {
  std::string request_id;
  SteadyTime deadline;
  std::string caller = {};       // who asks; the service is fair between callers
  std::string traceparent = {};  // W3C trace context; empty: none
  // Which resend of a request without idempotency key it is, as far as the caller says; 0: the first attempt.
  std::uint32_t retry = 0;
};

// A job that is followed: what the RPC says of it, one word after another, no faster than it is asked.
// Belongs to one loop; its end ends the RPC.
class JobWatch {
 public:
  virtual ~JobWatch() = default;
  // The next word; nullopt where there is none to come; or why there cannot be any more. Cancelled:
  // CANCELLED.
  virtual asio::awaitable<Result<std::optional<v1::WatchJobResponse>>> Next() = 0;
};

// Generate may be called from any loop and resumes on the caller's. Cancelling the awaiting coroutine cancels
// the RPC. What is borrowed outlives the awaitable; `request` is emptied as soon as it has been read, since
// it may hold pictures and the wait is long.
class FluxBackend {
 public:
  virtual ~FluxBackend() = default;
  virtual asio::awaitable<Result<v1::Generation>> Generate(GenerationRequest& request,
                                                           const CallContext& context) = 0;
  // Begins it as a job, and answers without waiting for it. Cancelling after it was sent does not end the
  // job. `webhook_url`: who is told of its end; empty: nobody.
  virtual asio::awaitable<Result<v1::CreateJobResponse>> CreateJob(GenerationRequest& request,
                                                                   const std::string& webhook_url,
                                                                   const CallContext& context) = 0;
  // What it would cost; checked as the generation itself would be. Sends nothing to fal, never spends.
  virtual asio::awaitable<Result<v1::EstimateCostResponse>> EstimateCost(GenerationRequest& request,
                                                                         const CallContext& context) = 0;
  // Ends the caller's job as far as that is possible; UNKNOWN_JOB, or why fal could not be asked. Never
  // spends.
  virtual asio::awaitable<Result<v1::CancelJobResponse>> CancelJob(const std::string& id,
                                                                   const CallContext& context) = 0;
  // The catalogue. Never spends.
  virtual asio::awaitable<Result<v1::ListModelsResponse>> ListModels(const CallContext& context) = 0;
  // What has become of the caller's job of this id; UNKNOWN_JOB. Never spends.
  virtual asio::awaitable<Result<v1::Job>> GetJob(const std::string& id, const CallContext& context) = 0;
  // Follows the caller's job of this id; log lines that are `logs_seen` are not told again. Never spends.
  virtual std::unique_ptr<JobWatch> WatchJob(const std::string& id, std::uint32_t logs_seen,
                                             const CallContext& context) = 0;
  // A page of the caller's own jobs; INVALID_FIELD where the page is none. Never spends.
  virtual asio::awaitable<Result<v1::ListJobsResponse>> ListJobs(const v1::ListJobsRequest& page,
                                                                 const CallContext& context) = 0;
  // Sends the webhook of the caller's job of this id once more; UNKNOWN_JOB, NOTHING_TO_REDELIVER. Never
  // spends.
  virtual asio::awaitable<Result<v1::Job>> RedeliverWebhook(const std::string& id,
                                                            const CallContext& context) = 0;
  // Hands over what fal has sent, as it came; WEBHOOK_REFUSED. Never spends.
  virtual asio::awaitable<Result<v1::AcceptFalWebhookResponse>> AcceptFalWebhook(
      v1::AcceptFalWebhookRequest& webhook, const CallContext& context) = 0;
  // What the caller has spent since so many days, today included; 0: the service's default. Never spends.
  virtual asio::awaitable<Result<v1::GetUsageResponse>> GetUsage(std::uint32_t days,
                                                                 const CallContext& context) = 0;
  // Whether a service that serves can be reached now. Thread-safe, never blocks, never spends.
  virtual bool Ready() = 0;
};

}  // namespace flux::gateway
