// Asks the service and renders.
#include "gateway/doors/jobs/door.h"

#include <asio/this_coro.hpp>
#include <string>
#include <utility>

#include "gateway/backend/rpc_status.h"
#include "gateway/doors/flux/job_json.h"
#include "gateway/doors/job_failure.h"
#include "gateway/doors/job_id.h"
#include "gateway/doors/jobs/job_events.h"
#include "gateway/doors/jobs/job_query.h"
#include "gateway/doors/jobs/usage_json.h"
#include "gateway/doors/render.h"

namespace flux::gateway {
namespace {

Served JobServed(int status, const v1::Job& job) {
  Served served{.reply = JsonReply(status, RenderJob(job))};
  HeaderList& headers = served.reply.headers;
  if (!IsOver(job)) headers.emplace_back("Retry-After", "2");
  if (job.has_generation()) AddParticulars(job.generation(), headers);
  return served;
}

void AddEventHeaders(const std::string& id, HeaderList& headers) {
  headers.emplace_back("Content-Type", "text/event-stream");
  headers.emplace_back("X-Accel-Buffering", "no");  // nginx would keep the events to itself
  headers.emplace_back("x-job-id", id);
}

// For a reader that was here before, while flux-service cannot be asked: a browser gives up for good at any
// status that is a failure, and comes again after a stream that has ended.
Served ComeAgain(const std::string& id) {
  Served served{.reply = Reply()};
  AddEventHeaders(id, served.reply.headers);
  served.reply.body = kRetryEvents;
  return served;
}

// What cannot be cancelled, and whether it was paid for.
Status Over(const v1::Job& job) {
  Status status(Reason::kJobOver, "the job has " + std::string(StateName(job.state())) +
                                      " already, so that it cannot be cancelled; GET it for its result");
  status.billed = FromProto(job.billed(), Billed::kMaybe);
  status.job = job.id();
  return status;
}

}  // namespace

asio::awaitable<Result<Served>> JobDoor::Serve(Exchange& exchange) {
  const std::string id = exchange.request.path.substr(kBeforeJob.size());
  if (!IsJobId(id)) co_return Status(Reason::kUnknownJob);
  if (exchange.request.method == "DELETE") co_return co_await Cancel(id, exchange);
  if (WantsEvents(exchange.request)) co_return co_await Follow(id, exchange);
  co_return co_await Look(id, exchange);
}

asio::awaitable<Result<Served>> JobDoor::Look(const std::string& id, const Exchange& exchange) {
  const Result<v1::Job> job = co_await backend_.GetJob(id, exchange.context);
  if (!job) co_return job.error();
  co_return JobServed(200, *job);
}

asio::awaitable<Result<Served>> JobDoor::Follow(const std::string& id, const Exchange& exchange) {
  const std::optional<EventPlace> seen = ReadPlace(exchange.request.Header("last-event-id"), id);
  if (seen && seen->end) {
    // It was told everything; this is how a browser is told not to come again.
    Served nothing{.reply = Reply()};
    nothing.reply.status = 204;
    co_return nothing;
  }
  Result<std::shared_ptr<void>> place = watchers_.TakePlace(exchange.context.caller);
  if (!place) co_return std::move(place).error();
  const asio::any_io_executor loop = co_await asio::this_coro::executor;
  std::unique_ptr<JobWatcher> watcher = watchers_.Watch(loop, id, exchange.context);
  while (watcher->job() == nullptr) {
    if (std::optional<Status> failure = watcher->failure()) {
      if (seen && MayPass(failure->reason)) co_return ComeAgain(id);
      co_return *std::move(failure);
    }
    const Event::Outcome outcome = co_await watcher->Changed(exchange.context.deadline);
    if (outcome == Event::Outcome::kDeadline) co_return Status(Reason::kDeadlineExceeded);
    if (outcome == Event::Outcome::kCancelled) co_return Status(Reason::kCancelled);
  }
  Served served{.reply = Reply()};
  AddEventHeaders(id, served.reply.headers);
  JobEvents::Parts parts{.watcher = std::move(watcher),
                         .place = *std::move(place),
                         .dialect = dialect_,
                         .clock = clock_,
                         .id = id,
                         .request_id = exchange.context.request_id,
                         .logs_seen = seen ? seen->logs : 0};
  served.reply.stream = std::make_shared<JobEvents>(std::move(parts));
  co_return served;
}

asio::awaitable<Result<Served>> JobDoor::Cancel(const std::string& id, const Exchange& exchange) {
  const Result<v1::CancelJobResponse> cancelled = co_await backend_.CancelJob(id, exchange.context);
  if (!cancelled) co_return cancelled.error();
  if (cancelled->outcome() == v1::CANCEL_OUTCOME_ALREADY_OVER) co_return Over(cancelled->job());
  co_return JobServed(cancelled->outcome() == v1::CANCEL_OUTCOME_CANCELLED ? 200 : 202, cancelled->job());
}

asio::awaitable<Result<Served>> JobListDoor::Serve(Exchange& exchange) {
  const Result<v1::ListJobsRequest> asked = ReadJobQuery(exchange.request.query);
  if (!asked) co_return asked.error();
  Result<v1::ListJobsResponse> page = co_await backend_.ListJobs(*asked, exchange.context);
  if (!page) {
    RenamePage(page.error());
    co_return std::move(page).error();
  }
  Served served{.reply = JsonReply(200, RenderJobs(*page))};
  if (!page->next_page_token().empty()) {
    served.reply.headers.emplace_back("Link",
                                      '<' + NextPage(*asked, page->next_page_token()) + ">; rel=\"next\"");
  }
  co_return served;
}

asio::awaitable<Result<Served>> RedeliverDoor::Serve(Exchange& exchange) {
  std::string_view id = exchange.request.path;
  id.remove_prefix(kBeforeJob.size());
  id = id.substr(0, id.find('/'));
  if (!IsJobId(id)) co_return Status(Reason::kUnknownJob);
  const Result<v1::Job> job = co_await backend_.RedeliverWebhook(std::string(id), exchange.context);
  if (!job) co_return job.error();
  Served served{.reply = JsonReply(202, RenderJob(*job))};
  co_return served;
}

asio::awaitable<Result<Served>> UsageDoor::Serve(Exchange& exchange) {
  const Result<std::uint32_t> days = ReadDays(exchange.request.query);
  if (!days) co_return days.error();
  const Result<v1::GetUsageResponse> usage = co_await backend_.GetUsage(*days, exchange.context);
  if (!usage) co_return usage.error();
  Served served{.reply = JsonReply(200, RenderUsage(*usage))};
  co_return served;
}

}  // namespace flux::gateway
