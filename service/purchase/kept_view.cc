// What callers are shown of what is remembered.
#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <utility>

#include "base/ip_address.h"
#include "service/bill/bill_view.h"
#include "service/purchase/kept.h"
#include "service/purchase/kept_running.h"
#include "service/purchase/merge.h"
#include "service/purchase/record.h"
#include "service/purchase/webhook_record.h"

namespace flux::service {
namespace {

google::protobuf::Timestamp ToTimestamp(WallTime time) {
  return google::protobuf::util::TimeUtil::MillisecondsToTimestamp(
      std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count());
}

v1::JobState StateOf(const StoredJob& job) {
  const auto has = [&job](PurchaseState state) {
    return std::ranges::find(job.purchases, state, &StoredPurchase::state) != job.purchases.end();
  };
  if (has(PurchaseState::kReserved)) return v1::JOB_STATE_RESERVED;
  if (has(PurchaseState::kSent)) return v1::JOB_STATE_SENT;
  if (has(PurchaseState::kAccepted)) return v1::JOB_STATE_ACCEPTED;
  if (has(PurchaseState::kUnknown)) return v1::JOB_STATE_UNKNOWN;
  return has(PurchaseState::kSucceeded) ? v1::JOB_STATE_SUCCEEDED : v1::JOB_STATE_FAILED;
}

v1::Billed ToProto(Billed billed) {
  switch (billed) {
    case Billed::kNo:
      return v1::BILLED_NO;
    case Billed::kYes:
      return v1::BILLED_YES;
    case Billed::kMaybe:
      break;
  }
  return v1::BILLED_MAYBE;
}

// Whether the whole cost something.
Billed BilledOf(const StoredJob& job) {
  Billed most = Billed::kNo;
  for (const StoredPurchase& purchase : job.purchases) {
    Billed one = purchase.billed;
    if (purchase.state == PurchaseState::kSucceeded) one = Billed::kYes;
    if (purchase.state == PurchaseState::kSent || purchase.state == PurchaseState::kAccepted)
      one = Billed::kMaybe;
    most = std::max(most, one);
  }
  return most;
}

v1::Budget ToProto(const BudgetState& state) {
  v1::Budget budget;
  budget.set_name(NameOf(state.line.account));
  budget.set_period(state.line.period == BudgetPeriod::kDay ? v1::BUDGET_PERIOD_DAY
                                                            : v1::BUDGET_PERIOD_MONTH);
  budget.set_limit_nano_usd(state.line.limit_nano_usd);
  budget.set_spent_nano_usd(state.spent_nano_usd);
  budget.set_reserved_nano_usd(state.reserved_nano_usd);
  budget.set_left_nano_usd(std::max<std::int64_t>(state.Left(), 0));
  *budget.mutable_resets_at() = ToTimestamp(state.resets_at);
  return budget;
}

}  // namespace

// A purchase of somebody without a name is read by its id alone, which nobody can guess: the address may be
// another one by now.
bool MaySee(const std::string& owner, const std::string& caller) {
  return owner == caller || ParseIpAddress(owner).has_value();
}

bool MaySee(const StoredJob& job, const std::string& caller) {
  return MaySee(job.caller, caller);
}

v1::Job KeptPurchases::Shown(const StoredJob& job) const {
  v1::Job shown = ToProto(job);
  const auto running = running_.find(job.id);
  if (running == running_.end()) return shown;
  for (const auto& [part, ahead] : running->second->ahead) {
    shown.set_queue_position(std::max(shown.queue_position(), ahead));
  }
  return shown;
}

namespace {

// What is told of every job.
v1::Job Head(const StoredJob& job) {
  v1::Job shown;
  shown.set_id(job.id);
  shown.set_state(StateOf(job));
  shown.set_model(job.model);
  *shown.mutable_created_at() = ToTimestamp(job.created_at);
  *shown.mutable_expires_at() = ToTimestamp(job.expires_at);
  shown.set_billed(ToProto(BilledOf(job)));
  if (job.webhook) *shown.mutable_webhook() = ToProto(*job.webhook);
  if (shown.state() != v1::JOB_STATE_SUCCEEDED && shown.state() != v1::JOB_STATE_FAILED) return shown;
  WallTime ended = job.created_at;
  for (const StoredPurchase& purchase : job.purchases) {
    ended = std::max(ended, purchase.ended_at.value_or(ended));
  }
  *shown.mutable_ended_at() = ToTimestamp(ended);
  return shown;
}

void ShowError(const Status& status, v1::JobError& error) {
  error.set_reason(std::string(RowOf(status.reason).name));
  error.set_message(status.message);
  error.set_billed(ToProto(status.billed));
  error.set_retryable(IsRetryable(status));
  if (status.upstream) error.set_fal_body(status.upstream->body);
}

// Whether there is something to be said of its result.
bool HasOutcome(v1::JobState state) {
  return state == v1::JOB_STATE_SUCCEEDED || state == v1::JOB_STATE_FAILED || state == v1::JOB_STATE_UNKNOWN;
}

Result<v1::Generation> OutcomeOf(const StoredJob& job) {
  std::vector<Result<v1::Generation>> results;
  for (const StoredPurchase& purchase : job.purchases) results.push_back(OutcomeOf(purchase));
  return results.size() == 1 ? std::move(results.front()) : Merge(std::move(results));
}

}  // namespace

v1::Job ToProto(const StoredJob& job) {
  v1::Job shown = Head(job);
  if (!HasOutcome(shown.state())) return shown;
  Result<v1::Generation> result = OutcomeOf(job);
  if (result) {
    result->set_job_id(job.id);
    *shown.mutable_generation() = *std::move(result);
  } else {
    ShowError(result.error(), *shown.mutable_error());
  }
  return shown;
}

v1::Job ToListed(const StoredJob& job) {
  v1::Job shown = Head(job);
  const bool made = std::ranges::find(job.purchases, PurchaseState::kSucceeded, &StoredPurchase::state) !=
                    job.purchases.end();
  if (HasOutcome(shown.state()) && !made) ShowError(OutcomeOf(job).error(), *shown.mutable_error());
  return shown;
}

asio::awaitable<Result<v1::Job>> KeptPurchases::Find(std::string id, std::string caller) {
  Result<std::optional<StoredJob>> found = co_await parts_.store.Get(std::move(id));
  if (!found) co_return std::move(found).error();
  if (!*found || !MaySee(**found, caller)) co_return Status(Reason::kUnknownJob);
  v1::Job job = Shown(**found);
  if (job.has_generation()) static_cast<void>(co_await parts_.store.MarkDelivered((**found).id));
  co_return job;
}

asio::awaitable<Result<v1::GetUsageResponse>> KeptPurchases::Usage(std::string caller, std::uint32_t days,
                                                                   bool everybodys_bill) {
  v1::GetUsageResponse usage;
  usage.set_caller(caller);
  const WallTime first = parts_.clock.WallNow() - std::chrono::hours(24) * (days - 1);
  const std::string first_day = Iso8601(first).substr(0, 10);
  Result<std::vector<Spending>> spent = co_await parts_.store.Usage(AccountOf(caller), first_day);
  if (!spent) co_return std::move(spent).error();
  for (const Spending& one : *spent) {
    v1::DayUsage& day = *usage.add_days();
    day.set_day(one.day);
    day.set_spent_nano_usd(one.spent_nano_usd);
    day.set_reserved_nano_usd(one.reserved_nano_usd);
    day.set_purchases(one.purchases);
  }
  if (options_.bill_lag) {
    std::optional<std::string> whose;
    if (!everybodys_bill) whose = caller;
    Result<v1::Bill> bill =
        co_await ShowBill(parts_.store.bill(), std::move(whose), first_day, *options_.bill_lag);
    if (!bill) co_return std::move(bill).error();
    usage.mutable_bill()->Swap(&*bill);
  }
  std::vector<BudgetLine> lines = parts_.budgets.LinesFor(caller);
  if (lines.empty()) co_return usage;
  Result<std::vector<BudgetState>> budgets = co_await parts_.store.Budgets(std::move(lines));
  if (!budgets) co_return std::move(budgets).error();
  for (const BudgetState& state : *budgets) *usage.add_budgets() = ToProto(state);
  co_return usage;
}

}  // namespace flux::service
