// Each verb is one or two prepared statements; what they do is in postgres_schema.cc.
#include "service/store/postgres_store.h"

#include <algorithm>
#include <asio/post.hpp>
#include <utility>

#include "base/request_id.h"
#include "service/store/days.h"
#include "service/store/heard.h"
#include "service/store/postgres_ask.h"
#include "service/store/postgres_read.h"
#include "service/store/texts.h"

namespace flux::service {
namespace {

using asio::awaitable;
using S = PostgresStatement;

// Of a verb that answers yes or no. `possible`: whether there can be such a record at all.
awaitable<Result<bool>> AskWhether(std::shared_ptr<PostgresLink> link, bool possible, PostgresQuery query) {
  if (!possible) co_return false;
  auto answers = co_await AskOne(std::move(link), std::move(query));
  if (!answers) co_return std::move(answers).error();
  co_return answers->at(0).Text(0, 0) == "true";
}

awaitable<Result<std::vector<StoredJob>>> AskJobs(std::shared_ptr<PostgresLink> link, bool possible,
                                                  PostgresQuery query) {
  if (!possible) co_return std::vector<StoredJob>();
  auto answers = co_await AskOne(std::move(link), std::move(query));
  if (!answers) co_return std::move(answers).error();
  co_return ReadJobs(answers->at(0));
}

awaitable<Result<std::optional<StoredJob>>> AskJob(std::shared_ptr<PostgresLink> link, bool possible,
                                                   PostgresQuery query) {
  auto jobs = co_await AskJobs(std::move(link), possible, std::move(query));
  if (!jobs) co_return std::move(jobs).error();
  if (jobs->empty()) co_return std::nullopt;
  co_return std::optional(std::move(jobs->front()));
}

struct Lines {
  std::string accounts;
  std::string periods;
  std::string limits;
};

Lines LinesOf(const std::vector<BudgetLine>& lines) {
  std::vector<std::string> accounts;
  std::vector<std::string> periods;
  std::vector<std::int64_t> limits;
  for (const BudgetLine& line : lines) {
    accounts.push_back(line.account);
    periods.emplace_back(line.period == BudgetPeriod::kDay ? "day" : "month");
    limits.push_back(line.limit_nano_usd);
  }
  return {ArrayText(accounts), ArrayText(periods), ArrayText(limits)};
}

PostgresQuery BeginQuery(const NewJob& job, const std::string& driver, std::chrono::milliseconds lease) {
  std::vector<std::int64_t> reserved;
  std::vector<std::string> hashes;
  for (const NewPurchase& purchase : job.purchases) {
    reserved.push_back(purchase.reserved_nano_usd);
    hashes.push_back(purchase.input_sha256);
  }
  const Lines lines = LinesOf(job.limits);
  return Query(S::kBegin, {P(job.id),
                           P(job.caller),
                           P(job.key),
                           P(job.fingerprint),
                           P(job.request_id),
                           P(job.model),
                           P(job.endpoint),
                           P(job.plan),
                           P(job.keep.count()),
                           P(ArrayText(job.accounts)),
                           P(lines.accounts),
                           P(lines.periods),
                           P(lines.limits),
                           P(ArrayText(reserved)),
                           P(ArrayText(hashes)),
                           P(driver),
                           P(lease.count()),
                           P(job.state != PurchaseState::kReserved),
                           P(job.due_in.count()),
                           P(job.sent_ago.count())});
}

// What was begun, as it is in the database now.
StoredJob JobOf(NewJob job, WallTime created_at, WallTime expires_at) {
  StoredJob stored;
  stored.id = std::move(job.id);
  stored.caller = std::move(job.caller);
  stored.key = std::move(job.key);
  stored.fingerprint = std::move(job.fingerprint);
  stored.request_id = std::move(job.request_id);
  stored.model = std::move(job.model);
  stored.endpoint = std::move(job.endpoint);
  stored.plan = std::move(job.plan);
  stored.created_at = created_at;
  stored.expires_at = expires_at;
  const bool sent = job.state != PurchaseState::kReserved;
  for (NewPurchase& purchase : job.purchases) {
    StoredPurchase one;
    one.state = job.state;
    one.reserved_nano_usd = purchase.reserved_nano_usd;
    one.billed = sent ? Billed::kMaybe : Billed::kNo;
    one.input_sha256 = std::move(purchase.input_sha256);
    if (sent) one.sent_at = created_at - job.sent_ago;
    stored.purchases.push_back(std::move(one));
  }
  if (!job.webhook_url.empty()) stored.webhook = StoredWebhook{.url = std::move(job.webhook_url)};
  return stored;
}

BudgetState StateOf(const BudgetLine& line, std::int64_t spent, std::int64_t reserved, WallTime now) {
  return {line, spent, reserved, EndOf(line.period, now)};
}

}  // namespace

PostgresStore::PostgresStore(std::shared_ptr<PostgresLink> link, std::chrono::milliseconds lease)
    : link_(std::move(link)), lease_(lease), bill_(link_) {}

PostgresStore::~PostgresStore() {
  link_->Stop();
  asio::post(link_->loop(), [link = link_] { link->Close(); });
}

awaitable<Result<Begun>> PostgresStore::Begin(NewJob job) {
  if (auto refused = RefusedJob(job)) co_return *std::move(refused);
  const auto link = link_;
  Queries queries;
  queries.push_back(BeginQuery(job, link->driver(), lease_));
  for (std::size_t nth = 0; nth < job.purchases.size(); ++nth) {
    std::string& input = job.purchases[nth].input;
    if (input.empty()) continue;
    queries.push_back(Query(S::kKeepInput, {P(job.id), P(static_cast<std::int64_t>(nth)), P(link->driver()),
                                            PostgresParameter{std::exchange(input, {}), true}}));
  }
  if (!job.webhook_url.empty()) {
    queries.push_back(
        Query(S::kKeepWebhook, {P(job.id), P(link->driver()), P(job.webhook_url), P(job.webhook_host)}));
  }
  for (;;) {
    Queries again = queries;
    std::string claim = job.id;
    auto answers = co_await Ask(link, std::move(again), std::move(claim));
    if (!answers) co_return std::move(answers).error();
    const PostgresRows& rows = answers->at(0);
    const std::string kind(rows.Text(0, 0));
    const WallTime now = ReadTime(rows, 0, 2);
    Begun begun;
    if (!rows.IsNull(0, 4)) {
      const auto& line = job.limits.at(static_cast<std::size_t>(rows.Int(0, 4)) - 1);
      begun.budget = StateOf(line, rows.Int(0, 5), rows.Int(0, 6), now);
    }
    if (kind == "over") {
      begun.kind = Begun::Kind::kOverBudget;
      co_return begun;
    }
    if (kind == "new") {
      begun.job = JobOf(std::move(job), now, ReadTime(rows, 0, 3));
      co_return begun;
    }
    begun.kind = kind == "again"     ? Begun::Kind::kNew
                 : kind == "revived" ? Begun::Kind::kRevived
                                     : Begun::Kind::kExisting;
    PostgresQuery get = Query(S::kGet, {P(std::string(rows.Text(0, 1)))});
    auto found = co_await AskJob(link, true, std::move(get));
    if (!found) co_return std::move(found).error();
    if (!found->has_value()) continue;  // forgotten in between
    begun.job = **std::move(found);
    co_return begun;
  }
}

awaitable<Result<bool>> PostgresStore::MarkSent(std::string id, std::uint32_t purchase) {
  const bool possible = IsText(id);
  return AskWhether(link_, possible,
                    Query(S::kMarkSent, {P(std::move(id)), P(std::int64_t{purchase}), P(link_->driver())}));
}

awaitable<Result<bool>> PostgresStore::MarkAccepted(std::string id, std::uint32_t purchase,
                                                    FalTicket ticket) {
  const bool possible = IsText(id) && IsText(ticket.request_id) && !ticket.request_id.empty();
  return AskWhether(
      link_, possible,
      Query(S::kMarkAccepted,
            {P(std::move(id)), P(std::int64_t{purchase}), P(link_->driver()), P(std::move(ticket.request_id)),
             P(AsText(std::move(ticket.status_url))), P(AsText(std::move(ticket.response_url))),
             P(AsText(std::move(ticket.cancel_url)))}));
}

awaitable<Result<bool>> PostgresStore::Finish(std::string id, std::uint32_t purchase, Outcome outcome) {
  const bool possible = IsText(id);
  return AskWhether(
      link_, possible,
      Query(S::kFinish, {P(std::move(id)), P(std::int64_t{purchase}), P(link_->driver()),
                         P(std::string(Name(outcome.state))), P(std::string(flux::Name(outcome.billed))),
                         P(outcome.charged_nano_usd), P(AsText(std::move(outcome.error))),
                         PostgresParameter{std::move(outcome.result), true}, P(outcome.due_in.count()),
                         P(AsText(std::move(outcome.fal_request_id)))}));
}

awaitable<Result<std::string>> PostgresStore::Input(std::string id, std::uint32_t purchase) {
  if (!IsText(id)) co_return std::string();
  PostgresQuery query = Query(S::kInput, {P(std::move(id)), P(std::int64_t{purchase})});
  auto answers = co_await AskOne(link_, std::move(query));
  if (!answers) co_return std::move(answers).error();
  const PostgresRows& rows = answers->at(0);
  co_return rows.size() == 0 ? std::string() : std::string(rows.Text(0, 0));
}

awaitable<Result<bool>> PostgresStore::Cancel(std::string id, std::string error) {
  const bool possible = IsText(id);
  return AskWhether(link_, possible,
                    Query(S::kCancel, {P(std::move(id)), P(link_->driver()), P(AsText(std::move(error)))}));
}

awaitable<Result<bool>> PostgresStore::Postpone(std::string id, std::chrono::milliseconds due_in) {
  const bool possible = IsText(id);
  return AskWhether(link_, possible,
                    Query(S::kPostpone, {P(std::move(id)), P(link_->driver()), P(due_in.count())}));
}

awaitable<Result<bool>> PostgresStore::MarkDelivered(std::string id) {
  const bool possible = IsText(id);
  return AskWhether(link_, possible, Query(S::kMarkDelivered, {P(std::move(id))}));
}

awaitable<Result<std::vector<StoredJob>>> PostgresStore::ClaimDue(std::uint32_t limit) {
  const std::string claim = NewRequestId();
  Queries queries;
  queries.push_back(
      Query(S::kClaimDue, {P(link_->driver()), P(lease_.count()), P(std::int64_t{limit}), P(claim)}));
  queries.push_back(Query(S::kClaimed, {P(claim), P(link_->driver())}));
  auto answers = co_await Ask(link_, std::move(queries), claim);
  if (!answers) co_return std::move(answers).error();
  co_return ReadJobs(answers->at(1));
}

awaitable<Result<std::uint32_t>> PostgresStore::Renew() {
  link_->ReleaseUnheard();
  PostgresQuery query = Query(S::kRenew, {P(link_->driver()), P(lease_.count())});
  auto answers = co_await AskOne(link_, std::move(query));
  if (!answers) co_return std::move(answers).error();
  co_return static_cast<std::uint32_t>(answers->at(0).Int(0, 0));
}

awaitable<Result<std::optional<StoredJob>>> PostgresStore::Get(std::string id) {
  const bool possible = IsText(id);
  return AskJob(link_, possible, Query(S::kGet, {P(std::move(id))}));
}

awaitable<Result<std::optional<StoredJob>>> PostgresStore::Find(std::string caller, std::string key) {
  const bool possible = IsText(caller) && IsText(key);
  return AskJob(link_, possible, Query(S::kFind, {P(std::move(caller)), P(std::move(key))}));
}

awaitable<Result<std::optional<StoredJob>>> PostgresStore::FindByFal(std::string fal_request_id) {
  const bool possible = IsText(fal_request_id);
  return AskJob(link_, possible, Query(S::kFindByFal, {P(std::move(fal_request_id))}));
}

awaitable<Result<bool>> PostgresStore::Nudge(std::string id) {
  if (!IsText(id)) co_return false;
  PostgresQuery query = Query(S::kNudge, {P(link_->driver()), P(std::move(id))});
  auto answers = co_await AskOne(link_, std::move(query));
  if (!answers) co_return std::move(answers).error();
  co_return true;
}

awaitable<Result<std::vector<DueWebhook>>> PostgresStore::ClaimWebhooks(std::uint32_t limit,
                                                                        std::vector<std::string> busy,
                                                                        std::chrono::milliseconds hold) {
  std::erase_if(busy, [](const std::string& host) { return !IsText(host); });  // none is called so
  const std::string claim = NewRequestId();
  Queries queries;
  queries.push_back(
      Query(S::kClaimWebhooks, {P(std::int64_t{limit}), P(ArrayText(busy)), P(hold.count()), P(claim)}));
  queries.push_back(Query(S::kClaimedWebhooks, {P(claim)}));
  auto answers = co_await Ask(link_, std::move(queries));
  if (!answers) co_return std::move(answers).error();
  const PostgresRows& rows = answers->at(1);
  std::vector<DueWebhook> due;
  for (int row = 0; row < rows.size(); ++row) {
    due.push_back(
        {std::string(rows.Text(row, 0)), std::string(rows.Text(row, 1)), claim, ReadWebhook(rows, row, 2)});
  }
  co_return due;
}

awaitable<Result<bool>> PostgresStore::NoteWebhook(std::string id, std::string claim, WebhookNote note) {
  const bool possible = IsText(id) && IsText(claim);
  return AskWhether(
      link_, possible,
      Query(S::kNoteWebhook,
            {P(std::move(id)), P(std::move(claim)), P(std::string(Name(note.state))), P(note.due_in.count()),
             P(std::int64_t{note.tries}), P(AsText(std::move(note.attempts)))}));
}

awaitable<Result<bool>> PostgresStore::Redeliver(std::string id) {
  const bool possible = IsText(id);
  return AskWhether(link_, possible, Query(S::kRedeliver, {P(std::move(id))}));
}

awaitable<Result<std::optional<StoredJob>>> PostgresStore::FindLike(std::string caller,
                                                                    std::string fingerprint, WallTime since) {
  const bool possible = IsText(caller) && IsText(fingerprint);
  const auto us = std::chrono::floor<std::chrono::microseconds>(since.time_since_epoch()).count();
  return AskJob(link_, possible,
                Query(S::kFindLike, {P(std::move(caller)), P(std::move(fingerprint)), P(us)}));
}

awaitable<Result<std::vector<StoredJob>>> PostgresStore::List(JobQuery query) {
  const bool possible = IsText(query.caller);
  std::string state(query.state ? Name(*query.state) : std::string_view());
  return AskJobs(link_, possible,
                 Query(S::kList, {P(std::move(query.caller)), P(query.before), P(std::move(state)),
                                  P(std::int64_t{query.limit})}));
}

awaitable<Result<std::vector<BudgetState>>> PostgresStore::Budgets(std::vector<BudgetLine> lines) {
  // Nobody spends under a name that is no text; its place in the answer stays.
  std::vector<BudgetLine> asked = lines;
  for (BudgetLine& line : asked) line.account = AsText(std::move(line.account));
  const Lines texts = LinesOf(asked);
  PostgresQuery query = Query(S::kBudgets, {P(texts.accounts), P(texts.periods), P(texts.limits)});
  auto answers = co_await AskOne(link_, std::move(query));
  if (!answers) co_return std::move(answers).error();
  const PostgresRows& rows = answers->at(0);
  std::vector<BudgetState> states;
  states.reserve(lines.size());
  for (int row = 0; row < rows.size(); ++row) {
    states.push_back(StateOf(lines.at(static_cast<std::size_t>(row)), rows.Int(row, 0), rows.Int(row, 1),
                             ReadTime(rows, row, 2)));
  }
  co_return states;
}

awaitable<Result<std::vector<Spending>>> PostgresStore::Usage(std::string account, std::string first_day) {
  std::vector<Spending> days;
  if (!IsText(account) || !IsText(first_day)) co_return days;
  PostgresQuery query = Query(S::kUsage, {P(account), P(first_day)});
  auto answers = co_await AskOne(link_, std::move(query));
  if (!answers) co_return std::move(answers).error();
  const PostgresRows& rows = answers->at(0);
  for (int row = 0; row < rows.size(); ++row) {
    days.push_back({account, std::string(rows.Text(row, 0)), rows.Int(row, 1), rows.Int(row, 2),
                    static_cast<std::uint64_t>(rows.Int(row, 3))});
  }
  co_return days;
}

awaitable<Result<StoreTotals>> PostgresStore::Totals() {
  PostgresQuery query = Query(S::kTotals, {});
  auto answers = co_await AskOne(link_, std::move(query));
  if (!answers) co_return std::move(answers).error();
  const PostgresRows& rows = answers->at(0);
  StoreTotals totals;
  const auto count = [&rows](int column) { return static_cast<std::uint64_t>(rows.Int(0, column)); };
  totals.unknown = count(0);
  totals.oldest_unknown = ReadMaybeTime(rows, 0, 1);
  totals.undelivered = count(2);
  totals.reserved = count(3);
  totals.sent = count(4);
  totals.accepted = count(5);
  totals.open = totals.reserved + totals.sent + totals.accepted;
  totals.oldest_open = ReadMaybeTime(rows, 0, 6);
  totals.webhooks = count(7);
  co_return totals;
}

awaitable<Result<std::uint64_t>> PostgresStore::Expire(std::uint32_t limit) {
  Queries queries;
  queries.push_back(Query(S::kExpire, {P(std::int64_t{limit}), P(std::int64_t{kSpendingDays})}));
  queries.push_back(Query(S::kExpireBill, {P(std::int64_t{kBillKeptDays}), P(std::int64_t{kSpendingDays})}));
  auto answers = co_await Ask(link_, std::move(queries));
  if (!answers) co_return std::move(answers).error();
  co_return static_cast<std::uint64_t>(answers->at(0).Int(0, 0));
}

void PostgresStore::OnChange(std::function<void(const std::string& id)> told) {
  asio::post(link_->loop(),
             [link = link_, told = std::move(told)]() mutable { link->OnChange(std::move(told)); });
}

}  // namespace flux::service
