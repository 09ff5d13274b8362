// How a job begins: is it there already, does it fit into its budgets, is there room; then its record.
#include <algorithm>
#include <set>
#include <utility>

#include "service/store/days.h"
#include "service/store/sqlite_time.h"
#include "service/store/sqlite_verbs.h"

namespace flux::service {
namespace {

// Whether a purchase may be made again under its key.
bool CostNothing(const StoredPurchase& purchase) {
  return purchase.state == PurchaseState::kFailed && purchase.billed == Billed::kNo;
}

bool Unsent(const StoredPurchase& purchase) {
  return purchase.state == PurchaseState::kReserved;
}

bool Over(const StoredPurchase& purchase) {
  return IsOver(purchase.state);
}

// What a job needs on disk beside its texts: rows, index entries, half-filled pages.
constexpr std::uint64_t kOverhead = 4096;

}  // namespace

Begun SqliteVerbs::Begin(WallTime now, const NewJob& job) {
  CheckClock(now);
  std::optional<std::int64_t> number;
  std::string claim;
  std::string driver;
  const auto look = [&](SqliteQuery& query) {
    if (!query.Next()) return;
    number = query.Int(0);
    claim = query.Text(1);
    driver = query.Text(2);
  };
  if (!job.key.empty()) {
    auto by_key = database_.Query("SELECT number, claim, driver FROM jobs WHERE caller = ?1 AND key = ?2");
    look(by_key.Bind(job.caller, job.key));
  }
  if (!number) {  // asked again by somebody who did not hear the answer
    auto by_id = database_.Query("SELECT number, claim, driver FROM jobs WHERE id = ?1 AND caller = ?2");
    look(by_id.Bind(job.id, job.caller));
  }
  if (!number) return BeginAnew(now, job, std::nullopt);

  StoredJob found = Load(*number, true);
  if (claim == job.id && (driver.empty() || driver == driver_)) {
    if (driver.empty() && job.state == PurchaseState::kReserved) {
      database_.Query("UPDATE jobs SET driver = ?2, due_at = NULL WHERE number = ?1 AND ended_at IS NULL")
          .Bind(*number, driver_)
          .Run();
    }
    const auto kind = found.id == job.id ? Begun::Kind::kNew : Begun::Kind::kRevived;
    return {kind, std::move(found), Tightest(now, job.limits)};
  }
  if (std::ranges::all_of(found.purchases, CostNothing)) return BeginAnew(now, job, number);
  if (found.fingerprint == job.fingerprint && driver.empty() && job.state == PurchaseState::kReserved &&
      std::ranges::all_of(found.purchases, Unsent)) {
    return TakeUp(now, job, *number);
  }
  if (found.fingerprint == job.fingerprint && std::ranges::all_of(found.purchases, Over) &&
      std::ranges::any_of(found.purchases, CostNothing)) {
    return Revive(now, job, *number, found);
  }
  return {Begun::Kind::kExisting, std::move(found), Tightest(now, job.limits)};
}

Begun SqliteVerbs::BeginAnew(WallTime now, const NewJob& job, std::optional<std::int64_t> forgotten) {
  std::int64_t needed = 0;
  for (const NewPurchase& purchase : job.purchases) needed += purchase.reserved_nano_usd;
  // What was sent already is recorded, whatever it costs and whatever room there is.
  const bool sent = job.state != PurchaseState::kReserved;
  auto budget = Tightest(now, job.limits);
  if (budget && budget->Left() < needed && !sent) return {Begun::Kind::kOverBudget, {}, std::move(budget)};
  std::uint64_t size = job.plan.size() + kOverhead;
  for (const NewPurchase& purchase : job.purchases) size += purchase.input.size();
  MakeRoom(size, !sent);
  if (forgotten) database_.Query("DELETE FROM jobs WHERE number = ?1").Bind(*forgotten).Run();
  const std::int64_t number = Insert(now, job);
  Reserve(number, DayOf(now), needed);
  return {Begun::Kind::kNew, Load(number, true), Tightest(now, job.limits)};
}

std::int64_t SqliteVerbs::Insert(WallTime now, const NewJob& job) {
  const bool sent = job.state != PurchaseState::kReserved;
  const std::int64_t created = ToMs(now);
  database_
      .Query(
          "INSERT INTO jobs (id, caller, key, fingerprint, request_id, model, endpoint, plan, keep_s, "
          "created_at, expires_at, driver, claim, due_at) "
          "VALUES (?1, ?2, nullif(?3, ''), ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, nullif(?12, ''), ?1, ?13)")
      .Bind(job.id, job.caller, job.key, job.fingerprint, job.request_id, job.model, job.endpoint, job.plan,
            job.keep.count(), created, created + job.keep.count() * 1000, sent ? std::string() : driver_,
            sent ? std::optional(created + job.due_in.count()) : std::nullopt)
      .Run();
  const std::int64_t number = database_.Number("SELECT last_insert_rowid()");
  std::int64_t nth = 0;
  for (const NewPurchase& purchase : job.purchases) {
    database_
        .Query(
            "INSERT INTO purchases (job, nth, state, reserved_nano_usd, reserved_on, billed, input_sha256, "
            "sent_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")
        .Bind(number, nth++, flux::service::Name(job.state), purchase.reserved_nano_usd, DayOf(now),
              flux::Name(sent ? Billed::kMaybe : Billed::kNo), purchase.input_sha256,
              sent ? std::optional(created - job.sent_ago.count()) : std::nullopt)
        .Run();
  }
  for (const std::string& account : std::set<std::string>(job.accounts.begin(), job.accounts.end())) {
    database_.Query("INSERT INTO job_accounts (job, account) VALUES (?1, ?2)").Bind(number, account).Run();
  }
  KeepInputs(number, job);
  KeepWebhook(number, job);
  return number;
}

// One that is begun anew tells the receiver of its last request, where that has one.
void SqliteVerbs::KeepWebhook(std::int64_t number, const NewJob& job) {
  if (job.webhook_url.empty()) return;
  database_
      .Query(
          "INSERT INTO webhooks (job, url, host) VALUES (?1, ?2, ?3) ON CONFLICT (job) DO UPDATE "
          "SET url = excluded.url, host = excluded.host")
      .Bind(number, job.webhook_url, job.webhook_host)
      .Run();
}

void SqliteVerbs::KeepInputs(std::int64_t number, const NewJob& job) {
  std::int64_t nth = -1;
  for (const NewPurchase& purchase : job.purchases) {
    ++nth;
    if (purchase.input.empty()) continue;
    database_
        .Query(
            "INSERT OR IGNORE INTO inputs (job, nth, input) SELECT job, nth, ?3 FROM purchases "
            "WHERE job = ?1 AND nth = ?2 AND state = 'RESERVED'")
        .Bind(number, nth, SqliteBlob{purchase.input})
        .Run();
  }
}

Begun SqliteVerbs::Revive(WallTime now, const NewJob& job, std::int64_t number, const StoredJob& found) {
  std::int64_t needed = 0;
  for (const StoredPurchase& purchase : found.purchases) {
    if (CostNothing(purchase)) needed += purchase.reserved_nano_usd;
  }
  auto budget = Tightest(now, job.limits);
  if (budget && budget->Left() < needed) return {Begun::Kind::kOverBudget, {}, std::move(budget)};
  const std::string day = DayOf(now);
  database_
      .Query(
          "UPDATE purchases SET state = 'RESERVED', reserved_on = ?2, fal_request_id = NULL, "
          "status_url = NULL, response_url = NULL, cancel_url = NULL, sent_at = NULL, ended_at = NULL, "
          "error = NULL WHERE job = ?1 AND state = 'FAILED' AND billed = 'no'")
      .Bind(number, day)
      .Run();
  Reserve(number, day, needed);
  return TakeUp(now, job, number);
}

Begun SqliteVerbs::TakeUp(WallTime now, const NewJob& job, std::int64_t number) {
  std::int64_t nth = 0;
  for (const NewPurchase& purchase : job.purchases) {
    database_
        .Query("UPDATE purchases SET input_sha256 = ?3 WHERE job = ?1 AND nth = ?2 AND state = 'RESERVED'")
        .Bind(number, nth++, purchase.input_sha256)
        .Run();
  }
  database_
      .Query(
          "UPDATE jobs SET driver = ?2, claim = ?3, due_at = NULL, ended_at = NULL, delivered_at = NULL, "
          "expires_at = max(expires_at, ?4) WHERE number = ?1")
      .Bind(number, driver_, job.id, ToMs(now) + job.keep.count() * 1000)
      .Run();
  KeepInputs(number, job);
  KeepWebhook(number, job);
  return {Begun::Kind::kRevived, Load(number, true), Tightest(now, job.limits)};
}

}  // namespace flux::service
