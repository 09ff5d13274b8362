// Jobs: begun without anybody waiting, and ended before their time.
#include <algorithm>
#include <asio/cancellation_type.hpp>
#include <utility>

#include "base/event.h"
#include "service/purchase/kept_running.h"
#include "service/purchase/record.h"

namespace flux::service {
namespace {

constexpr std::chrono::milliseconds kCancelTime{10'000};

// A body that has the caller's room for as long as it is there.
struct HeldBody {
  std::shared_ptr<const std::string> body;
  std::shared_ptr<void> room;
};

Status Cancelled() {
  Status status(Reason::kCancelled, "it was cancelled before anything was sent");
  status.billed = Billed::kNo;
  return status;
}

bool HasAny(const StoredJob& job, PurchaseState state) {
  return std::ranges::find(job.purchases, state, &StoredPurchase::state) != job.purchases.end();
}

Status Unasked(Reason reason, const StoredJob& job, std::string message) {
  Status status(reason, std::move(message));
  status.billed = Billed::kMaybe;
  status.job = job.id;
  return status;
}

}  // namespace

asio::awaitable<Result<v1::CreateJobResponse>> KeptPurchases::Create(Plan plan, PurchaseContext context,
                                                                     JobEnded ended) {
  v1::CreateJobResponse response;
  if (context.key.empty() && context.resent) {
    if (const std::optional<StoredJob> first = co_await FirstJob(plan, context)) {
      *response.mutable_job() = Shown(*first);
      response.set_replayed(true);
      co_return response;
    }
  }
  NewJob wanted = Describe(plan, context);
  const std::string fingerprint = wanted.fingerprint;
  std::uint64_t bytes = 0;
  for (const PlannedPurchase& purchase : plan.purchases) bytes += purchase.body->size();
  for (std::size_t i = 0; i < plan.purchases.size() && bytes <= options_.most_input_bytes; ++i) {
    wanted.purchases[i].input = *plan.purchases[i].body;
  }
  Result<Begun> begun = co_await Record(plan, context, std::move(wanted));
  if (!begun) co_return std::move(begun).error();
  if (begun->budget) response.set_budget_left_nano_usd(std::max<std::int64_t>(begun->budget->Left(), 0));
  if (begun->kind == Begun::Kind::kExisting) {
    if (begun->job.fingerprint != fingerprint) {
      parts_.metrics.Count(KeptEvent::kReused);
      Status reused(Reason::kIdempotencyKeyReused);
      reused.job = begun->job.id;
      co_return reused;
    }
    *response.mutable_job() = Shown(begun->job);
    response.set_replayed(true);
    const bool made = response.job().has_generation();
    if (made) static_cast<void>(co_await parts_.store.MarkDelivered(begun->job.id));
    parts_.metrics.Count(made ? KeptEvent::kReplayed : KeptEvent::kJoined);
    co_return response;
  }
  if (context.room != nullptr) {
    for (PlannedPurchase& purchase : plan.purchases) {
      auto held = std::make_shared<HeldBody>(HeldBody{std::move(purchase.body), context.room});
      const std::string* text = held->body.get();
      purchase.body = std::shared_ptr<const std::string>(std::move(held), text);
    }
    context.room.reset();
  }
  *response.mutable_job() = ToProto(begun->job);
  Start(std::move(plan), std::move(context), std::move(begun->job), false)->ended = std::move(ended);
  co_return response;
}

asio::awaitable<Result<StoredJob>> KeptPurchases::ForCancel(const std::string& id,
                                                            const std::string& caller) {
  Result<std::optional<StoredJob>> found = co_await parts_.store.Get(id);
  if (!found) co_return std::move(found).error();
  if (!*found || !MaySee(**found, caller)) co_return Status(Reason::kUnknownJob);
  co_return **std::move(found);
}

asio::awaitable<Result<v1::CancelJobResponse>> KeptPurchases::Cancel(std::string id, std::string caller) {
  constexpr std::chrono::milliseconds kLook{50};
  constexpr std::chrono::seconds kUntilAccepted{5};
  Result<StoredJob> job = co_await ForCancel(id, caller);
  if (!job) co_return std::move(job).error();

  // In the store first: whatever drives it, and where, cannot send it any more.
  std::string error = StatusToJson(Cancelled());
  const Result<bool> unsent = co_await parts_.store.Cancel(id, std::move(error));
  if (!unsent) co_return unsent.error();
  if (*unsent) Changed(id);
  const SteadyTime patience = parts_.clock.Now() + kUntilAccepted;
  for (;;) {  // what is on its way to fal has an id in a moment
    job = co_await ForCancel(id, caller);
    if (!job) co_return std::move(job).error();
    if (!HasAny(*job, PurchaseState::kSent) || parts_.clock.Now() >= patience) break;
    Event never(parts_.loop);
    if (co_await never.Wait(parts_.clock.Now() + kLook) == Event::Outcome::kCancelled) {
      co_return Status(Reason::kCancelled);
    }
  }

  v1::CancelJobResponse response;
  if (IsAllOver(*job)) {
    const auto running = running_.find(id);
    if (*unsent && running != running_.end()) {
      running->second->cancel.emit(asio::cancellation_type::terminal);  // it may wait for its turn for long
    }
    response.set_outcome(*unsent ? v1::CANCEL_OUTCOME_CANCELLED : v1::CANCEL_OUTCOME_ALREADY_OVER);
  } else {
    const Result<v1::CancelOutcome> outcome = co_await CancelAtFal(*job);
    if (!outcome) co_return outcome.error();
    response.set_outcome(*outcome);
  }
  *response.mutable_job() = Shown(*job);
  co_return response;
}

asio::awaitable<Result<v1::CancelOutcome>> KeptPurchases::CancelAtFal(const StoredJob& job) {
  bool requested = false;
  bool completed = false;
  for (const StoredPurchase& purchase : job.purchases) {
    if (purchase.state != PurchaseState::kAccepted) continue;
    const FalTicket& kept = purchase.ticket;
    Result<fal::QueueTicket> ticket =
        fal::QueueTicket{kept.request_id, kept.status_url, kept.response_url, kept.cancel_url};
    if (kept.cancel_url.empty()) ticket = parts_.queue.TicketFor(job.endpoint, kept.request_id);
    if (!ticket) co_return std::move(ticket).error();
    Result<fal::CancelAnswer> answer =
        co_await parts_.queue.Cancel(*ticket, parts_.clock.Now() + kCancelTime);
    if (!answer) {
      answer.error().job = job.id;
      co_return std::move(answer).error();
    }
    requested = requested || *answer == fal::CancelAnswer::kRequested;
    completed = completed || *answer == fal::CancelAnswer::kAlreadyCompleted;
  }
  if (requested) co_return v1::CANCEL_OUTCOME_REQUESTED;
  if (completed) co_return v1::CANCEL_OUTCOME_ALREADY_OVER;
  if (HasAny(job, PurchaseState::kSent)) {
    co_return Unasked(Reason::kUpstreamBusy, job,
                      "fal has not told yet under which id it has the request; ask again");
  }
  co_return Unasked(Reason::kOutcomeUnknown, job,
                    "nobody knows what became of it, so it cannot be cancelled");
}

}  // namespace flux::service
