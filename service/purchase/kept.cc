// Asking for a purchase that is remembered: begin it, join it, or answer what it came to. How it is carried
// out is in kept_drive.cc.
#include "service/purchase/kept.h"

#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_state.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/this_coro.hpp>
#include <utility>

#include "base/request_id.h"
#include "service/fal/input_hash.h"
#include "service/purchase/exchange.h"
#include "service/purchase/kept_running.h"
#include "service/purchase/merge.h"
#include "service/purchase/record.h"

namespace flux::service {
namespace {

constexpr std::int64_t kNanoPerMicro = 1000;

// 1 to 255 characters that everybody can print, without white space at the ends, which HTTP cuts off.
bool IsKey(const std::string& key) {
  const bool printable = std::ranges::all_of(key, [](char c) { return c >= 0x20 && c < 0x7f; });
  return !key.empty() && key.size() <= 255 && printable && key.front() != ' ' && key.back() != ' ';
}

Status WithJob(Status status, const std::string& id) {
  status.job = id;
  return status;
}

Status OverBudget(const BudgetState& budget, std::int64_t needed) {
  const bool day = budget.line.period == BudgetPeriod::kDay;
  const std::int64_t left = std::max<std::int64_t>(budget.Left(), 0);
  Status status(Reason::kBudgetExceeded,
                "this may cost $" + Dollars(needed) + ", and of the budget of $" +
                    Dollars(budget.line.limit_nano_usd) + (day ? " a day" : " a month") +
                    (budget.line.account == kTotalAccount ? " for all callers" : "") + " $" + Dollars(left) +
                    " is left; it begins anew at " + Iso8601(budget.resets_at));
  status.budget_left_nano_usd = left;
  return status;
}

std::int64_t ReservedFor(const PlannedPurchase& purchase) {
  constexpr std::uint64_t kMost = 1'000'000'000'000'000;  // a billion dollars in micro-dollars
  return static_cast<std::int64_t>(std::min(purchase.estimate.micro_usd(), kMost)) * kNanoPerMicro;
}

std::int64_t ReservedFor(const Plan& plan) {
  std::int64_t sum = 0;
  for (const PlannedPurchase& purchase : plan.purchases) sum += ReservedFor(purchase);
  return sum;
}

bool IsUnsent(const StoredJob& job) {
  return std::ranges::all_of(job.purchases,
                             [](const auto& one) { return one.state == PurchaseState::kReserved; });
}

bool IsAnyRunning(const StoredJob& job) {
  return std::ranges::any_of(job.purchases, [](const auto& one) {
    return !IsOver(one.state) && one.state != PurchaseState::kUnknown;
  });
}

Result<v1::Generation> ResultOf(const StoredJob& job) {
  if (job.purchases.size() == 1) return OutcomeOf(job.purchases[0]);
  std::vector<Result<v1::Generation>> results;
  results.reserve(job.purchases.size());
  for (const StoredPurchase& purchase : job.purchases) results.push_back(OutcomeOf(purchase));
  return Merge(std::move(results));
}

}  // namespace

bool IsAllOver(const StoredJob& job) {
  return std::ranges::all_of(job.purchases, [](const auto& one) { return IsOver(one.state); });
}

Result<v1::Generation> OutcomeOf(const StoredPurchase& purchase) {
  if (purchase.state == PurchaseState::kSucceeded) {
    v1::Generation made;
    if (made.ParseFromString(purchase.result) && !made.images().empty()) return made;
    Status gone(Reason::kUnknownJob, "the pictures were made and are kept no longer");
    gone.billed = Billed::kYes;
    return gone;
  }
  if (purchase.state == PurchaseState::kFailed) return StatusFromJson(purchase.error);
  return Status(Reason::kOutcomeUnknown);
}

KeptPurchases::KeptPurchases(KeptParts parts, KeptOptions options) : parts_(parts), options_(options) {
  parts_.store.OnChange([this](const std::string& id) {
    Hint(id);
    Changed(id);
    const auto found = elsewhere_.find(id);
    if (found == elsewhere_.end()) return;
    found->second->Set();
    elsewhere_.erase(found);  // who waits holds it; who comes later waits for the next change
  });
}

KeptPurchases::~KeptPurchases() = default;

bool KeptPurchases::Wanted(const PurchaseContext& context) const {
  return !context.key.empty() || context.finish || !parts_.budgets.LinesFor(context.caller).empty();
}

NewJob KeptPurchases::Describe(const Plan& plan, const PurchaseContext& context) const {
  NewJob job{.id = NewRandomId(),
             .caller = context.caller,
             .key = context.key,
             .fingerprint = Fingerprint(plan),
             .request_id = context.request_id,
             .model = plan.model,
             .endpoint = plan.endpoint,
             .plan = PlanToJson(plan),
             .purchases = {},
             .keep = options_.result_ttl,
             .accounts = {AccountOf(context.caller), kTotalAccount},
             .limits = parts_.budgets.LinesFor(context.caller),
             .webhook_url = context.webhook_url,
             .webhook_host = context.webhook_host};
  for (const PlannedPurchase& purchase : plan.purchases) {
    job.purchases.push_back({ReservedFor(purchase), fal::InputSha256(*purchase.body)});
  }
  return job;
}

asio::awaitable<Result<Begun>> KeptPurchases::Record(const Plan& plan, const PurchaseContext& context,
                                                     NewJob job) {
  if (!context.key.empty() && !IsKey(context.key)) co_return Status(Reason::kInvalidIdempotencyKey);
  Result<Begun> begun = co_await parts_.store.Begin(std::move(job));
  if (!begun) {
    parts_.metrics.Count(KeptEvent::kStoreAway);
  } else if (begun->kind == Begun::Kind::kOverBudget) {
    parts_.metrics.Count(KeptEvent::kOverBudget);
    co_return OverBudget(*begun->budget, ReservedFor(plan));
  } else if (begun->kind != Begun::Kind::kExisting) {
    parts_.metrics.Count(KeptEvent::kBegun);
  }
  co_return begun;
}

asio::awaitable<Result<v1::Generation>> KeptPurchases::Buy(Plan plan, PurchaseContext context) {
  const NewJob wanted = Describe(plan, context);
  const std::string fingerprint = wanted.fingerprint;
  Result<Begun> begun = Status(Reason::kInternal);
  for (;;) {
    NewJob again = wanted;
    begun = co_await Record(plan, context, std::move(again));
    if (!begun) co_return std::move(begun).error();
    if (begun->kind != Begun::Kind::kExisting || begun->job.fingerprint != fingerprint) break;
    // Somebody is about to send it, or has left, or died: then it is taken up here.
    if (running_.contains(begun->job.id) || !IsUnsent(begun->job)) break;
    if (parts_.clock.Now() >= context.deadline) break;
    const Event::Outcome outcome = co_await ChangeElsewhere(begun->job.id, context.deadline);
    if (outcome == Event::Outcome::kCancelled) break;
  }
  std::optional<std::int64_t> left;
  if (begun->budget) left = std::max<std::int64_t>(begun->budget->Left(), 0);
  if (begun->kind == Begun::Kind::kExisting) {
    co_return co_await Existing(std::move(begun->job), fingerprint, std::move(context), left);
  }
  auto running = Start(std::move(plan), context, std::move(begun->job), false);
  co_return co_await WaitFor(std::move(running), std::move(context), false, left);
}

asio::awaitable<Result<v1::Generation>> KeptPurchases::Existing(StoredJob job, std::string fingerprint,
                                                                PurchaseContext context,
                                                                std::optional<std::int64_t> budget_left) {
  if (job.fingerprint != fingerprint) {
    parts_.metrics.Count(KeptEvent::kReused);
    co_return WithJob(Status(Reason::kIdempotencyKeyReused), job.id);
  }
  if (const auto found = running_.find(job.id); found != running_.end()) {
    parts_.metrics.Count(KeptEvent::kJoined);
    co_return co_await WaitFor(found->second, std::move(context), true, budget_left);
  }
  if (IsAllOver(job)) {
    parts_.metrics.Count(KeptEvent::kReplayed);
    const Result<Plan> plan = PlanFromJson(job.plan);
    if (!plan) co_return WithJob(plan.error(), job.id);
    Result<v1::Generation> result = ResultOf(job);
    if (result) result->set_replayed(true);
    co_return co_await Hand(std::move(result), *plan, job.id, std::move(context));
  }
  if (!IsAnyRunning(job)) {
    parts_.metrics.Count(KeptEvent::kUnknown);
    co_return WithJob(Status(Reason::kOutcomeUnknown), job.id);
  }
  parts_.metrics.Count(KeptEvent::kJoined);
  co_return co_await WaitElsewhere(std::move(job), std::move(context));
}

std::shared_ptr<KeptPurchases::Running> KeptPurchases::Start(Plan plan, PurchaseContext context,
                                                             StoredJob job, bool resumed) {
  auto running =
      std::make_shared<Running>(parts_.loop, std::move(plan), std::move(context), std::move(job), resumed);
  running_[running->job.id] = running;
  asio::awaitable<void> work = Drive(running);
  asio::co_spawn(parts_.loop, std::move(work),
                 asio::bind_cancellation_slot(running->cancel.slot(), [running](std::exception_ptr) {}));
  return running;
}

void KeptPurchases::Resume(StoredJob job) {
  if (running_.contains(job.id)) return;
  Result<Plan> plan = PlanFromJson(job.plan);
  if (!plan || plan->purchases.size() != job.purchases.size()) {
    constexpr std::chrono::hours kAgain{1};  // another version may be able to
    parts_.log.Error("job_unreadable", {{"job", job.id}});
    asio::co_spawn(parts_.loop, LetGo(job.id, kAgain), asio::detached);
    return;
  }
  PurchaseContext context{.request_id = job.request_id,
                          .arrived = parts_.clock.Now(),
                          .deadline = SteadyTime::max(),
                          .caller = job.caller,
                          .key = job.key,
                          .finish = true};
  Start(*std::move(plan), std::move(context), std::move(job), true);
}

asio::awaitable<Result<v1::Generation>> KeptPurchases::WaitFor(std::shared_ptr<Running> running,
                                                               PurchaseContext context, bool replayed,
                                                               std::optional<std::int64_t> budget_left) {
  const std::string id = running->job.id;
  const bool stays = context.finish || !context.key.empty();
  // Who left while this was on its way here is not heard of by waiting.
  const asio::cancellation_state so_far = co_await asio::this_coro::cancellation_state;
  Event::Outcome outcome = Event::Outcome::kCancelled;
  if (so_far.cancelled() == asio::cancellation_type::none) {
    outcome = co_await running->done.Wait(context.deadline);
  }
  if (outcome != Event::Outcome::kHappened && !stays) {
    // Nobody else waits for what has no key: it ends, and whether it cost something is told.
    running->cancel.emit(asio::cancellation_type::terminal);
    co_await asio::this_coro::reset_cancellation_state();
    co_await asio::this_coro::throw_if_cancelled(false);
    const SteadyTime patience = parts_.clock.Now() + std::chrono::seconds(5);
    outcome = co_await running->done.Wait(patience);
  }
  if (outcome == Event::Outcome::kHappened) {
    Result<v1::Generation> result = *running->result;
    if (result) {
      result->set_replayed(replayed);
      if (budget_left) result->set_budget_left_nano_usd(*budget_left);
    }
    co_return co_await Hand(std::move(result), running->plan, id, std::move(context));
  }
  if (outcome == Event::Outcome::kCancelled) {
    Status left(Reason::kCancelled, "the caller left; the purchase goes on");
    left.billed = Billed::kMaybe;
    co_return WithJob(std::move(left), id);
  }
  co_return WithJob(
      Status(
          Reason::kUpstreamTimeout,
          context.key.empty()
              ? "the picture is not ready yet; it goes on, and its job tells what becomes of it"
              : "the picture is not ready yet; it goes on, and the same request with the same key waits for "
                "it again"),
      id);
}

// What another process does is told by the store, or else seen at the next look.
asio::awaitable<Event::Outcome> KeptPurchases::ChangeElsewhere(const std::string& id, SteadyTime deadline) {
  constexpr std::chrono::milliseconds kLook{500};
  std::shared_ptr<SharedEvent>& place = elsewhere_[id];
  if (place == nullptr) place = std::make_shared<SharedEvent>(parts_.loop);
  const std::shared_ptr<SharedEvent> changed = place;
  const Event::Outcome outcome = co_await changed->Wait(std::min(deadline, parts_.clock.Now() + kLook));
  if (const auto found = elsewhere_.find(id);
      found != elsewhere_.end() && found->second == changed && changed->waiters() == 0) {
    elsewhere_.erase(found);
  }
  co_return outcome;
}

asio::awaitable<Result<v1::Generation>> KeptPurchases::WaitElsewhere(StoredJob job, PurchaseContext context) {
  const std::string id = job.id;
  for (;;) {
    const Event::Outcome outcome = co_await ChangeElsewhere(id, context.deadline);
    if (outcome == Event::Outcome::kCancelled) {
      co_return WithJob(Status(Reason::kCancelled, "the caller left; the purchase goes on"), id);
    }
    if (const auto found = running_.find(id); found != running_.end()) {  // taken over by this process
      co_return co_await WaitFor(found->second, std::move(context), true, std::nullopt);
    }
    Result<std::optional<StoredJob>> now = co_await parts_.store.Get(id);
    if (now && !*now) co_return WithJob(Status(Reason::kUnknownJob), id);
    const bool over = now && IsAllOver(**now);
    if (over || (now && !IsAnyRunning(**now))) {
      const Result<Plan> plan = PlanFromJson(job.plan);
      if (!plan) co_return WithJob(plan.error(), id);
      Result<v1::Generation> result = ResultOf(**now);
      if (result) result->set_replayed(true);
      co_return co_await Hand(std::move(result), *plan, id, std::move(context));
    }
    if (parts_.clock.Now() >= context.deadline) {
      co_return WithJob(Status(Reason::kUpstreamTimeout,
                               "the picture is not ready yet; it goes on, and the same request with the same "
                               "key waits for it again"),
                        id);
    }
  }
}

asio::awaitable<Result<v1::Generation>> KeptPurchases::Hand(Result<v1::Generation> result, const Plan& plan,
                                                            std::string id, PurchaseContext context) {
  if (!result) co_return WithJob(std::move(result).error(), id);
  result->set_job_id(id);
  for (const std::string& sentence : plan.warnings) result->add_warnings(sentence);
  if (plan.fetch_images) {
    co_await parts_.delivery.Fetch(*result, AnswerBy(parts_.clock.Now(), context.deadline));
  }
  *result->mutable_timings()->mutable_total() = ToProto(parts_.clock.Now() - context.arrived);
  const auto mark = [](Store& store, std::string job) -> asio::awaitable<void> {
    static_cast<void>(co_await store.MarkDelivered(std::move(job)));
  };
  asio::co_spawn(parts_.loop, mark(parts_.store, std::move(id)), asio::detached);
  co_return result;
}

asio::awaitable<std::optional<StoredJob>> KeptPurchases::FirstJob(const Plan& plan,
                                                                  const PurchaseContext& context) {
  constexpr std::chrono::minutes kLately{15};  // longer than any library goes on trying
  const std::string fingerprint = Fingerprint(plan);
  Result<std::optional<StoredJob>> found =
      co_await parts_.store.FindLike(context.caller, fingerprint, parts_.clock.WallNow() - kLately);
  if (!found || !*found || !(**found).key.empty()) co_return std::nullopt;
  const bool free = std::ranges::all_of((**found).purchases, [](const StoredPurchase& one) {
    return one.state == PurchaseState::kFailed && one.billed == Billed::kNo;
  });
  if (free) co_return std::nullopt;
  Result<std::optional<StoredJob>> whole = co_await parts_.store.Get((**found).id);
  if (!whole) co_return std::nullopt;
  co_return *std::move(whole);
}

asio::awaitable<std::optional<Result<v1::Generation>>> KeptPurchases::FirstAttempt(const Plan& plan,
                                                                                   PurchaseContext context) {
  std::optional<StoredJob> first = co_await FirstJob(plan, context);
  if (!first) co_return std::nullopt;
  const std::string fingerprint = first->fingerprint;
  co_return co_await Existing(*std::move(first), fingerprint, std::move(context), std::nullopt);
}

asio::awaitable<std::string> KeptPurchases::Remember(const Plan& plan, std::size_t purchase,
                                                     const PurchaseContext& context, SteadyTime sent) {
  Plan one = plan;
  one.purchases = {plan.purchases.at(purchase)};
  NewJob job = Describe(one, context);
  job.state = PurchaseState::kUnknown;
  job.sent_ago = std::chrono::duration_cast<std::chrono::milliseconds>(parts_.clock.Now() - sent);
  job.limits.clear();  // it has been spent already
  job.due_in = options_.first_look;
  const std::string id = job.id;
  const Result<Begun> begun = co_await parts_.store.Begin(std::move(job));
  co_return begun && begun->kind == Begun::Kind::kNew ? id : std::string();
}

}  // namespace flux::service
