// What is asked of the records, how money is counted, and how they are forgotten.
#include <algorithm>
#include <limits>
#include <utility>

#include "service/store/days.h"
#include "service/store/sqlite_time.h"
#include "service/store/sqlite_verbs.h"

namespace flux::service {
namespace {

Billed BilledOf(const std::string& name) {
  for (const Billed billed : {Billed::kMaybe, Billed::kYes}) {
    if (name == Name(billed)) return billed;
  }
  return Billed::kNo;
}

}  // namespace

StoredJob SqliteVerbs::Load(std::int64_t number, bool with_results) {
  StoredJob job;
  auto query = database_.Query(
      "SELECT id, caller, key, fingerprint, request_id, model, endpoint, plan, created_at, expires_at, "
      "delivered_at FROM jobs WHERE number = ?1");
  query.Bind(number).Next();
  job.id = query.Text(0);
  job.caller = query.Text(1);
  job.key = query.Text(2);
  job.fingerprint = query.Text(3);
  job.request_id = query.Text(4);
  job.model = query.Text(5);
  job.endpoint = query.Text(6);
  job.plan = query.Text(7);
  job.created_at = FromMs(query.Int(8));
  job.expires_at = FromMs(query.Int(9));
  job.delivered_at = FromMs(query.MaybeInt(10));
  job.number = number;
  LoadPurchases(number, with_results, job.purchases);
  job.webhook = LoadWebhook(number);
  return job;
}

void SqliteVerbs::LoadPurchases(std::int64_t number, bool with_results,
                                std::vector<StoredPurchase>& purchases) {
  auto query = database_.Query(
      "SELECT state, reserved_nano_usd, charged_nano_usd, billed, fal_request_id, status_url, response_url, "
      "cancel_url, input_sha256, sent_at, ended_at, error FROM purchases WHERE job = ?1 ORDER BY nth");
  query.Bind(number);
  while (query.Next()) {
    StoredPurchase purchase;
    purchase.state = FindPurchaseState(query.Text(0)).value_or(PurchaseState::kUnknown);
    purchase.reserved_nano_usd = query.Int(1);
    purchase.charged_nano_usd = query.Int(2);
    purchase.billed = BilledOf(query.Text(3));
    purchase.ticket = {query.Text(4), query.Text(5), query.Text(6), query.Text(7)};
    purchase.input_sha256 = query.Text(8);
    purchase.sent_at = FromMs(query.MaybeInt(9));
    purchase.ended_at = FromMs(query.MaybeInt(10));
    purchase.error = query.Text(11);
    purchases.push_back(std::move(purchase));
  }
  if (!with_results) return;
  auto results = database_.Query("SELECT nth, result FROM results WHERE job = ?1");
  results.Bind(number);
  while (results.Next()) purchases.at(static_cast<std::size_t>(results.Int(0))).result = results.Text(1);
}

std::vector<StoredJob> SqliteVerbs::LoadAll(SqliteQuery& numbers) {
  std::vector<StoredJob> jobs;
  while (numbers.Next()) jobs.push_back(Load(numbers.Int(0), false));
  return jobs;
}

std::optional<StoredJob> SqliteVerbs::Get(const std::string& id) {
  auto query = database_.Query("SELECT number FROM jobs WHERE id = ?1");
  if (!query.Bind(id).Next()) return std::nullopt;
  return Load(query.Int(0), true);
}

std::optional<StoredJob> SqliteVerbs::Find(const std::string& caller, const std::string& key) {
  auto query = database_.Query("SELECT number FROM jobs WHERE caller = ?1 AND key = ?2");
  if (!query.Bind(caller, key).Next()) return std::nullopt;
  return Load(query.Int(0), false);
}

std::optional<StoredJob> SqliteVerbs::FindByFal(const std::string& fal_request_id) {
  auto query = database_.Query("SELECT job FROM purchases WHERE fal_request_id = ?1");
  if (!query.Bind(fal_request_id).Next()) return std::nullopt;
  return Load(query.Int(0), false);
}

std::optional<StoredJob> SqliteVerbs::FindLike(const std::string& caller, const std::string& fingerprint,
                                               WallTime since) {
  auto query = database_.Query(
      "SELECT number FROM jobs WHERE caller = ?1 AND fingerprint = ?2 AND created_at >= ?3 "
      "ORDER BY number DESC LIMIT 1");
  if (!query.Bind(caller, fingerprint, ToMs(since)).Next()) return std::nullopt;
  return Load(query.Int(0), false);
}

std::vector<StoredJob> SqliteVerbs::List(const JobQuery& asked) {
  const std::int64_t before = asked.before == 0 ? std::numeric_limits<std::int64_t>::max() : asked.before;
  auto query = database_.Query(
      "SELECT number FROM jobs WHERE caller = ?1 AND number < ?2 AND (?3 = '' OR "
      "(SELECT min(instr('RESERVED SENT ACCEPTED UNKNOWN SUCCEEDED FAILED', state)) FROM purchases "
      "WHERE job = number) = instr('RESERVED SENT ACCEPTED UNKNOWN SUCCEEDED FAILED', ?3)) "
      "ORDER BY number DESC LIMIT ?4");
  const std::string_view state = asked.state ? Name(*asked.state) : std::string_view();
  return LoadAll(query.Bind(asked.caller, before, state, asked.limit));
}

void SqliteVerbs::Reserve(std::int64_t job, const std::string& day, std::int64_t nano_usd) {
  for (const std::string& period : {day, day.substr(0, 7)}) {
    database_
        .Query(
            "INSERT INTO spending (account, period, spent_nano_usd, reserved_nano_usd, purchases) "
            "SELECT account, ?2, 0, ?3, 0 FROM job_accounts WHERE job = ?1 "
            "ON CONFLICT (account, period) DO UPDATE "
            "SET reserved_nano_usd = reserved_nano_usd + excluded.reserved_nano_usd")
        .Bind(job, period, nano_usd)
        .Run();
  }
}

// Counts for the day on which it was reserved, so that a budget of that day stays exact.
void SqliteVerbs::Settle(std::int64_t job, const std::string& day, std::int64_t reserved,
                         std::int64_t charged) {
  database_
      .Query(
          "UPDATE spending SET reserved_nano_usd = reserved_nano_usd - ?3, "
          "spent_nano_usd = spent_nano_usd + ?4, purchases = purchases + (?4 > 0) "
          "WHERE account IN (SELECT account FROM job_accounts WHERE job = ?1) "
          "AND period IN (?2, substr(?2, 1, 7))")
      .Bind(job, day, reserved, charged)
      .Run();
}

BudgetState SqliteVerbs::StateOf(WallTime now, const BudgetLine& line) {
  BudgetState state;
  state.line = line;
  state.resets_at = EndOf(line.period, now);
  auto query = database_.Query(
      "SELECT spent_nano_usd, reserved_nano_usd FROM spending WHERE account = ?1 AND period = ?2");
  if (query.Bind(line.account, PeriodOf(line.period, now)).Next()) {
    state.spent_nano_usd = query.Int(0);
    state.reserved_nano_usd = query.Int(1);
  }
  return state;
}

std::vector<BudgetState> SqliteVerbs::Budgets(WallTime now, const std::vector<BudgetLine>& lines) {
  std::vector<BudgetState> states;
  states.reserve(lines.size());
  for (const BudgetLine& line : lines) states.push_back(StateOf(now, line));
  return states;
}

std::optional<BudgetState> SqliteVerbs::Tightest(WallTime now, const std::vector<BudgetLine>& lines) {
  auto states = Budgets(now, lines);
  const auto tightest = std::ranges::min_element(states, {}, &BudgetState::Left);
  if (tightest == states.end()) return std::nullopt;
  return std::move(*tightest);
}

std::vector<Spending> SqliteVerbs::Usage(const std::string& account, const std::string& first_day) {
  std::vector<Spending> days;
  auto query = database_.Query(
      "SELECT period, spent_nano_usd, reserved_nano_usd, purchases FROM spending "
      "WHERE account = ?1 AND period >= ?2 AND length(period) = 10 ORDER BY period");
  query.Bind(account, first_day);
  while (query.Next()) {
    days.push_back(
        {account, query.Text(0), query.Int(1), query.Int(2), static_cast<std::uint64_t>(query.Int(3))});
  }
  return days;
}

StoreTotals SqliteVerbs::Totals() {
  StoreTotals totals;
  auto open = database_.Query(
      "SELECT state, count(*), min(sent_at) FROM purchases WHERE state NOT IN ('SUCCEEDED', 'FAILED') "
      "GROUP BY 1");
  while (open.Next()) {
    const auto state = FindPurchaseState(open.Text(0));
    const auto count = static_cast<std::uint64_t>(open.Int(1));
    const std::optional<WallTime> oldest = FromMs(open.MaybeInt(2));
    if (state == PurchaseState::kUnknown) {
      totals.unknown = count;
      totals.oldest_unknown = oldest;
      continue;
    }
    totals.open += count;
    if (state == PurchaseState::kReserved) {
      totals.reserved = count;
      continue;
    }
    (state == PurchaseState::kSent ? totals.sent : totals.accepted) = count;
    if (oldest) totals.oldest_open = std::min(*oldest, totals.oldest_open.value_or(*oldest));
  }
  totals.undelivered = static_cast<std::uint64_t>(
      database_.Number("SELECT count(*) FROM jobs WHERE delivered_at IS NULL AND EXISTS ("
                       "SELECT 1 FROM purchases WHERE job = number AND state = 'SUCCEEDED')"));
  totals.webhooks =
      static_cast<std::uint64_t>(database_.Number("SELECT count(*) FROM webhooks WHERE due_at IS NOT NULL"));
  return totals;
}

std::uint64_t SqliteVerbs::Expire(WallTime now, std::uint32_t limit) {
  std::vector<std::int64_t> numbers;
  {
    auto query = database_.Query(
        "SELECT number FROM jobs WHERE expires_at <= ?1 AND (ended_at IS NOT NULL OR driver IS NULL) "
        "AND NOT EXISTS (SELECT 1 FROM purchases WHERE job = number "
        "AND state IN ('RESERVED', 'SENT', 'ACCEPTED')) AND NOT EXISTS (SELECT 1 FROM webhooks "
        "WHERE job = number AND due_at IS NOT NULL) ORDER BY expires_at LIMIT ?2");
    query.Bind(ToMs(now), limit);
    while (query.Next()) numbers.push_back(query.Int(0));
  }
  for (const std::int64_t number : numbers) {
    // Nobody will ever know what became of it: fal may have billed it, so it counts as spent.
    std::vector<std::pair<std::string, std::int64_t>> unknown;
    {
      auto query = database_.Query(
          "SELECT reserved_on, reserved_nano_usd FROM purchases WHERE job = ?1 AND state = 'UNKNOWN'");
      query.Bind(number);
      while (query.Next()) unknown.emplace_back(query.Text(0), query.Int(1));
    }
    for (const auto& [day, reserved] : unknown) Settle(number, day, reserved, reserved);
    database_.Query("DELETE FROM jobs WHERE number = ?1").Bind(number).Run();
  }
  database_.Query("DELETE FROM spending WHERE period < ?1")
      .Bind(DayOf(now - std::chrono::days(kSpendingDays)))
      .Run();
  bill_.Expire(now);
  // What became free is used again by what comes; a large rest goes back to the disk, a bit at a time.
  if (database_.Number("PRAGMA freelist_count") > database_.Number("PRAGMA page_count") / 4) {
    database_.Execute("PRAGMA incremental_vacuum(1000)");
  }
  return numbers.size();
}

std::uint64_t SqliteVerbs::UsedBytes() {
  const std::int64_t pages =
      database_.Number("PRAGMA page_count") - database_.Number("PRAGMA freelist_count");
  return static_cast<std::uint64_t>(pages * database_.Number("PRAGMA page_size"));
}

void SqliteVerbs::MakeRoom(std::uint64_t bytes, bool required) {
  if (max_bytes_ == 0) return;
  while (UsedBytes() + bytes > max_bytes_) {
    // The record stays, and says that there was a picture.
    const std::int64_t freed =
        database_
            .Query(
                "DELETE FROM results WHERE rowid IN (SELECT results.rowid FROM results "
                "JOIN jobs ON number = job WHERE ended_at IS NOT NULL AND delivered_at IS NOT NULL "
                "ORDER BY job LIMIT 16)")
            .Run();
    if (freed > 0) continue;
    if (!required) return;
    // fal can be asked again for what it charged; nobody can for a purchase.
    if (bill_.MakeRoom()) continue;
    full_ = true;
    throw StoreFull();
  }
  if (required) full_ = false;
}

}  // namespace flux::service
