// Adapts each RPC. What a job is, and who may see it, is told by the rooms below.
#include "service/rpc/job_methods.h"

#include <memory>
#include <utility>

#include "flux/v1/flux_service.pb.h"
#include "service/purchase/kept.h"

namespace flux::service {
namespace {

using Reply = asio::awaitable<Result<grpc::ByteBuffer>>;

constexpr std::uint32_t kMostPerPage = 100;

Reply Refused(Status status) {
  co_return status;
}

Reply TellState(KeptPurchases& kept, std::string id, std::string caller) {
  Result<v1::Job> job = co_await kept.Find(std::move(id), std::move(caller));
  if (!job) co_return std::move(job).error();
  v1::WatchJobResponse response;
  response.mutable_job()->Swap(&*job);
  co_return Serialize(response);
}

Reply TellRedelivery(KeptPurchases& kept, std::string id, std::string caller) {
  const Result<v1::Job> job = co_await kept.Find(std::move(id), std::move(caller));
  if (!job) co_return job.error();
  co_return Status(Reason::kNothingToRedeliver);
}

std::optional<Status> CheckPage(IncomingCall&, const v1::ListJobsRequest& request) {
  std::vector<Violation> violations;
  if (request.page_size() > kMostPerPage) violations.push_back({"page_size", "must be between 1 and 100"});
  if (!request.page_token().empty()) violations.push_back({"page_token", "is none of this list"});
  if (!v1::JobState_IsValid(request.state())) violations.push_back({"state", "is none of a job"});
  if (violations.empty()) return std::nullopt;
  return InvalidFields(std::move(violations));
}

}  // namespace

void AddJobMethods(Methods& methods, const std::string& service, const ServiceParts& parts) {
  const auto any = [](IncomingCall&, const auto&) { return std::optional<Status>(); };
  methods.Add(service + "WatchJob",
              std::make_unique<AwaitedMethod<v1::WatchJobRequest>>(
                  parts.loop, any, [parts](IncomingCall& call, std::unique_ptr<v1::WatchJobRequest> request) {
                    if (parts.kept == nullptr) return Refused(Status(Reason::kUnknownJob));
                    return TellState(*parts.kept, request->id(), call.caller());
                  }));
  methods.Add(service + "ListJobs",
              std::make_unique<AwaitedMethod<v1::ListJobsRequest>>(
                  parts.loop, CheckPage, [](IncomingCall&, std::unique_ptr<v1::ListJobsRequest>) -> Reply {
                    co_return Serialize(v1::ListJobsResponse());
                  }));
  methods.Add(
      service + "RedeliverWebhook",
      std::make_unique<AwaitedMethod<v1::RedeliverWebhookRequest>>(
          parts.loop, any, [parts](IncomingCall& call, std::unique_ptr<v1::RedeliverWebhookRequest> request) {
            if (parts.kept == nullptr) return Refused(Status(Reason::kUnknownJob));
            return TellRedelivery(*parts.kept, request->id(), call.caller());
          }));
  methods.Add(service + "AcceptFalWebhook",
              std::make_unique<PromptMethod<v1::AcceptFalWebhookRequest>>(
                  [](const v1::AcceptFalWebhookRequest&) -> Result<grpc::ByteBuffer> {
                    return Status(Reason::kWebhookRefused);
                  }));
}

}  // namespace flux::service
