// The other ways to wait for a purchase: not at all, for a while, or to the end of a job.
#include <algorithm>
#include <asio/this_coro.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include "gateway/doors/dollars.h"
#include "gateway/doors/flux/door.h"
#include "gateway/doors/flux/flux.h"
#include "gateway/doors/flux/job_json.h"
#include "gateway/doors/job_failure.h"
#include "gateway/doors/render.h"
#include "gateway/http/line.h"

namespace flux::gateway {
namespace {

using std::chrono::seconds;

// What the reply to the begin of a job says by headers; those that are there already stay.
void AddBegin(const v1::CreateJobResponse& begun, const std::string& id, HeaderList& headers) {
  const auto add = [&headers](std::string_view name, std::string value) {
    const bool there =
        std::ranges::any_of(headers, [name](const auto& header) { return header.first == name; });
    if (!there) headers.emplace_back(name, std::move(value));
  };
  add("x-job-id", id);
  if (begun.replayed()) add("Idempotent-Replayed", "true");
  if (begun.has_budget_left_nano_usd()) {
    add("x-budget-left-usd", DollarsOfNano(begun.budget_left_nano_usd()));
  }
}

Served Accepted(const v1::Job& job, const v1::CreateJobResponse& begun, const Preferences& wanted,
                std::optional<seconds> waited) {
  Served served{.reply = JsonReply(202, RenderJob(job, wanted.warnings)),
                .billed = begun.replayed() ? Billed::kNo : Billed::kMaybe};
  HeaderList& headers = served.reply.headers;
  headers.emplace_back("Location", std::string(kBeforeJob) + job.id());
  headers.emplace_back("Preference-Applied", AppliedText(wanted, waited));
  if (!IsOver(job)) headers.emplace_back("Retry-After", "2");
  AddBegin(begun, job.id(), headers);
  return served;
}

// Nobody has patience left; the job goes on.
Status OutOfTime(const std::string& id) {
  Status status(Reason::kUpstreamTimeout, "the pictures are not there yet; the job goes on, and GET " +
                                              std::string(kBeforeJob) + id + " tells what becomes of it");
  status.job = id;
  return status;
}

}  // namespace

FluxDoor::Answer FluxDoor::BuyAsAsked(Result<GenerationRequest> request, std::string webhook_url,
                                      Exchange& exchange) {
  const Preferences wanted = ReadPreferences(exchange.request.headers);
  Result<Served> served = Status(Reason::kInternal);
  if (!wanted.None() || !webhook_url.empty() || !exchange.buyer.Webhook().empty()) {
    served = co_await BuyAsJob(*request, std::move(webhook_url), wanted, exchange);
  } else {
    const Result<v1::Generation> made = co_await parts_.generator.Buy(*request, exchange);
    served = made ? Result<Served>(Made(*made, exchange, wanted.warnings)) : made.error();
  }
  if (!served) RenameViolations(served.error());
  co_return served;
}

FluxDoor::Answer FluxDoor::BuyAsJob(GenerationRequest& request, std::string webhook_url,
                                    const Preferences& wanted, Exchange& exchange) {
  Result<v1::CreateJobResponse> begun =
      co_await parts_.generator.Begin(request, std::move(webhook_url), exchange);
  if (!begun) co_return std::move(begun).error();
  const std::string id = begun->job().id();
  std::optional<seconds> waited;
  if (wanted.wait) waited = std::min(*wanted.wait, std::chrono::floor<seconds>(parts_.max_wait));
  if (waited ? *waited == seconds(0) : wanted.respond_async)
    co_return Accepted(begun->job(), *begun, wanted, waited);

  SteadyTime until = exchange.context.deadline;
  if (waited) until = std::min(until, std::chrono::steady_clock::now() + *waited);
  const asio::any_io_executor loop = co_await asio::this_coro::executor;
  const std::unique_ptr<JobWatcher> watcher =
      parts_.watchers.Watch(loop, id, exchange.context, std::move(*begun->mutable_job()));
  for (;;) {
    const std::shared_ptr<const v1::Job> job = watcher->job();
    // Whoever waits for as long as it takes is told of a lost answer at once, as by a request without a job.
    const bool lost = !waited && job->state() == v1::JOB_STATE_UNKNOWN && job->has_error();
    if (IsOver(*job) || lost) {
      parts_.counters.waits_done.fetch_add(1);
      if (!job->has_generation()) {
        Status failure = FailureOf(*job);
        if (lost && begun->replayed()) failure = Status(Reason::kOutcomeUnknown);  // as of any other resend
        failure.job = id;
        co_return failure;
      }
      Served served = Made(job->generation(), exchange, wanted.warnings);
      if (begun->replayed()) served.billed = Billed::kNo;
      if (waited)
        served.reply.headers.emplace_back("Preference-Applied", AppliedText({.wait = waited}, waited));
      AddBegin(*begun, id, served.reply.headers);
      co_return served;
    }
    const std::optional<Status> failure = watcher->failure();
    if (failure && !waited) {
      Status status = *failure;
      status.billed = Billed::kMaybe;
      status.job = id;
      co_return status;
    }
    Event::Outcome outcome = Event::Outcome::kDeadline;
    if (!failure && !(waited && watcher->Leaving())) outcome = co_await watcher->Changed(until);
    if (outcome == Event::Outcome::kHappened) continue;
    if (waited) {
      parts_.counters.waits_ran_out.fetch_add(1);
      co_return Accepted(*watcher->job(), *begun, wanted, waited);
    }
    if (outcome == Event::Outcome::kDeadline) {
      parts_.counters.waits_ran_out.fetch_add(1);
      co_return OutOfTime(id);
    }
    Status left(Reason::kCancelled);
    left.billed = Billed::kMaybe;
    left.job = id;
    co_return left;
  }
}

}  // namespace flux::gateway
