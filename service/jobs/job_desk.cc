// Checks, and asks the rooms below.
#include "service/jobs/job_desk.h"

#include <utility>
#include <vector>

#include "base/ip_address.h"

namespace flux::service {
namespace {

constexpr std::uint32_t kMostPerPage = 100;
constexpr std::uint32_t kUsualPage = 20;

// Nothing for what is no state of a job; JOB_STATE_UNSPECIFIED is all of them.
std::optional<PurchaseState> ToStored(v1::JobState state) {
  switch (state) {
    case v1::JOB_STATE_RESERVED:
      return PurchaseState::kReserved;
    case v1::JOB_STATE_SENT:
      return PurchaseState::kSent;
    case v1::JOB_STATE_ACCEPTED:
      return PurchaseState::kAccepted;
    case v1::JOB_STATE_SUCCEEDED:
      return PurchaseState::kSucceeded;
    case v1::JOB_STATE_FAILED:
      return PurchaseState::kFailed;
    case v1::JOB_STATE_UNKNOWN:
      return PurchaseState::kUnknown;
    default:
      return std::nullopt;
  }
}

// Whoever has no name has an address, which others may have tomorrow, or comes by a socket of this machine.
bool HasName(const std::string& caller) {
  return !caller.empty() && caller != "unix" && !ParseIpAddress(caller);
}

}  // namespace

std::optional<Status> JobDesk::AddWebhook(const std::string& url, PurchaseContext& context) const {
  if (url.empty()) return std::nullopt;
  const auto refused = [](std::string why) { return InvalidFields({{"webhook_url", std::move(why)}}); };
  const Result<WebhookTarget> target = parts_.targets.Check(url);
  if (!target) return refused(target.error().message);
  if (!HasName(context.caller)) {
    return refused("needs a caller with a name, whose secret signs the webhook; call with an API key");
  }
  if (parts_.secrets.SecretsOf(context.caller).empty()) {
    return refused("needs a secret that signs the webhook; the operator adds one for \"" + context.caller +
                   "\" to the file of --webhook-secrets-file");
  }
  context.webhook_url = target->url;
  context.webhook_host = target->Host();
  return std::nullopt;
}

asio::awaitable<Result<v1::ListJobsResponse>> JobDesk::List(v1::ListJobsRequest request,
                                                            std::string caller) const {
  const PageList list{caller, request.state()};
  JobQuery query{.caller = caller, .state = ToStored(request.state())};
  std::vector<Violation> violations;
  if (request.state() != v1::JOB_STATE_UNSPECIFIED && !query.state) {
    violations.push_back({"state", "must be one of a job"});
  }
  if (request.page_size() > kMostPerPage) violations.push_back({"page_size", "must be between 1 and 100"});
  if (!request.page_token().empty()) {
    const std::optional<std::int64_t> before = parts_.tokens.Read(list, request.page_token());
    if (before) query.before = *before;
    if (!before) violations.push_back({"page_token", "must be one that this list has answered"});
  }
  if (!violations.empty()) co_return InvalidFields(std::move(violations));
  v1::ListJobsResponse response;
  if (!HasName(caller)) co_return response;
  const std::uint32_t size = request.page_size() == 0 ? kUsualPage : request.page_size();
  query.limit = size + 1;  // one more tells whether there is more
  auto jobs = co_await parts_.kept.List(std::move(query));
  if (!jobs) co_return std::move(jobs).error();
  for (auto& [number, job] : *jobs) {
    if (static_cast<std::uint32_t>(response.jobs_size()) == size) break;
    if (static_cast<std::uint32_t>(response.jobs_size()) + 1 == size && jobs->size() > size) {
      response.set_next_page_token(parts_.tokens.Write(list, number));
    }
    *response.add_jobs() = std::move(job);
  }
  co_return response;
}

}  // namespace flux::service
