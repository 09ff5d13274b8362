// The steps of a purchase, and who drives its job.
#include <optional>
#include <utility>
#include <vector>

#include "service/store/days.h"
#include "service/store/sqlite_time.h"
#include "service/store/sqlite_verbs.h"
#include "service/store/texts.h"

namespace flux::service {
namespace {

// Steps back of less than this are the clock's ordinary corrections.
constexpr std::chrono::seconds kClockStep{2};

}  // namespace

void SqliteVerbs::Adopt() {
  database_.Execute("UPDATE jobs SET driver = NULL, due_at = NULL WHERE ended_at IS NULL");
  database_.Execute("UPDATE webhooks SET claim = NULL, due_at = 0 WHERE claim IS NOT NULL");
  bill_.Adopt();
}

// A job that is due in a minute would wait for an hour and a minute where the clock has gone back by an hour.
// Nothing is lost where a job is looked at too early.
void SqliteVerbs::CheckClock(WallTime now) {
  if (now + kClockStep < last_now_) {
    database_.Execute("UPDATE jobs SET due_at = NULL WHERE ended_at IS NULL AND driver IS NULL");
    database_.Execute("UPDATE webhooks SET due_at = 0 WHERE due_at IS NOT NULL AND claim IS NULL");
  }
  last_now_ = now;
}

std::optional<SqliteVerbs::Row> SqliteVerbs::RowOf(const std::string& id) {
  auto query = database_.Query("SELECT number, driver, keep_s, due_at FROM jobs WHERE id = ?1");
  if (!query.Bind(id).Next()) return std::nullopt;
  const std::string driver = query.Text(1);
  Row row;
  row.number = query.Int(0);
  row.driven = !driver.empty();
  row.driven_here = driver == driver_;
  row.keep_s = query.Int(2);
  row.letting_go = row.driven && query.MaybeInt(3).has_value();
  return row;
}

bool SqliteVerbs::MarkSent(WallTime now, const std::string& id, std::uint32_t purchase) {
  return database_
             .Query(
                 "UPDATE purchases SET state = 'SENT', sent_at = ?3 "
                 "WHERE job = (SELECT number FROM jobs WHERE id = ?1 AND driver = ?4) AND nth = ?2 "
                 "AND state = 'RESERVED'")
             .Bind(id, purchase, ToMs(now), driver_)
             .Run() == 1;
}

bool SqliteVerbs::MarkAccepted(const std::string& id, std::uint32_t purchase, const FalTicket& ticket) {
  const auto row = RowOf(id);
  if (!row || !row->driven_here || ticket.request_id.empty()) return false;
  auto owner = database_.Query("SELECT job, nth, state FROM purchases WHERE fal_request_id = ?1");
  if (owner.Bind(ticket.request_id).Next()) {
    // The same again changes nothing; UNKNOWN may have had its id before.
    if (owner.Int(0) != row->number || owner.Int(1) != purchase) return false;
    if (owner.Text(2) == Name(PurchaseState::kAccepted)) return true;
  }
  return database_
             .Query(
                 "UPDATE purchases SET state = 'ACCEPTED', billed = 'no', fal_request_id = ?3, "
                 "status_url = ?4, response_url = ?5, cancel_url = ?6 "
                 "WHERE job = ?1 AND nth = ?2 AND state IN ('SENT', 'UNKNOWN')")
             .Bind(row->number, purchase, ticket.request_id, AsText(ticket.status_url),
                   AsText(ticket.response_url), AsText(ticket.cancel_url))
             .Run() == 1;
}

bool SqliteVerbs::Finish(WallTime now, const std::string& id, std::uint32_t purchase,
                         const Outcome& outcome) {
  CheckClock(now);
  const auto row = RowOf(id);
  if (!row) return false;
  std::string state;
  std::int64_t reserved = 0;
  std::string reserved_on;
  {
    auto query = database_.Query(
        "SELECT state, billed, charged_nano_usd, reserved_nano_usd, reserved_on FROM purchases "
        "WHERE job = ?1 AND nth = ?2");
    if (!query.Bind(row->number, purchase).Next()) return false;
    state = query.Text(0);
    reserved = query.Int(3);
    reserved_on = query.Text(4);
    const bool same = state == Name(outcome.state) && query.Text(1) == Name(outcome.billed) &&
                      query.Int(2) == outcome.charged_nano_usd;
    if (IsOver(*FindPurchaseState(state))) return same;
    if (same && outcome.state == PurchaseState::kUnknown && !row->driven) return true;
  }
  if (!row->driven_here) return false;

  const bool over = IsOver(outcome.state);
  if (!over && outcome.state != PurchaseState::kUnknown) return false;
  const std::int64_t now_ms = ToMs(now);
  database_
      .Query(
          "UPDATE purchases SET state = ?3, billed = ?4, charged_nano_usd = ?5, error = nullif(?6, ''), "
          "ended_at = ?7 WHERE job = ?1 AND nth = ?2")
      .Bind(row->number, purchase, Name(outcome.state), Name(outcome.billed),
            over ? outcome.charged_nano_usd : 0, AsText(outcome.error),
            over ? std::optional(now_ms) : std::nullopt)
      .Run();
  if (!outcome.fal_request_id.empty()) {
    database_
        .Query(
            "UPDATE purchases SET fal_request_id = ?3 WHERE job = ?1 AND nth = ?2 AND fal_request_id IS NULL "
            "AND NOT EXISTS (SELECT 1 FROM purchases WHERE fal_request_id = ?3)")
        .Bind(row->number, purchase, AsText(outcome.fal_request_id))
        .Run();
  }
  if (outcome.state == PurchaseState::kSucceeded) {
    MakeRoom(outcome.result.size(), false);
    database_.Query("INSERT INTO results (job, nth, result) VALUES (?1, ?2, ?3)")
        .Bind(row->number, purchase, SqliteBlob{outcome.result})
        .Run();
  }
  if (over) Settle(row->number, reserved_on, reserved, outcome.charged_nano_usd);

  auto left = database_.Query(
      "SELECT count(*), coalesce(sum(state <> 'UNKNOWN'), 0) FROM purchases "
      "WHERE job = ?1 AND state NOT IN ('SUCCEEDED', 'FAILED')");
  left.Bind(row->number).Next();
  const bool ended = left.Int(0) == 0;
  const bool moving = left.Int(1) > 0;  // some go on: RESERVED, SENT or ACCEPTED
  if (ended) {
    End(row->number, row->keep_s, now);
  } else if (!over) {
    database_.Query("UPDATE jobs SET due_at = ?2, driver = CASE WHEN ?3 THEN driver END WHERE number = ?1")
        .Bind(row->number, now_ms + outcome.due_in.count(), std::int64_t{moving})
        .Run();
  } else if (row->letting_go && !moving) {
    database_.Query("UPDATE jobs SET driver = NULL WHERE number = ?1").Bind(row->number).Run();
  }
  return true;
}

void SqliteVerbs::End(std::int64_t number, std::int64_t keep_s, WallTime now) {
  const std::int64_t now_ms = ToMs(now);
  database_
      .Query("UPDATE jobs SET driver = NULL, due_at = NULL, ended_at = ?2, expires_at = ?3 WHERE number = ?1")
      .Bind(number, now_ms, now_ms + keep_s * 1000)
      .Run();
}

std::string SqliteVerbs::Input(const std::string& id, std::uint32_t purchase) {
  auto query = database_.Query(
      "SELECT input FROM inputs WHERE job = (SELECT number FROM jobs WHERE id = ?1) AND nth = ?2");
  return query.Bind(id, purchase).Next() ? query.Text(0) : std::string();
}

bool SqliteVerbs::Cancel(WallTime now, const std::string& id, const std::string& error) {
  CheckClock(now);
  const auto row = RowOf(id);
  if (!row) return false;
  std::vector<std::pair<std::string, std::int64_t>> held;
  {
    auto query = database_.Query(
        "SELECT reserved_on, reserved_nano_usd FROM purchases WHERE job = ?1 AND state = 'RESERVED'");
    query.Bind(row->number);
    while (query.Next()) held.emplace_back(query.Text(0), query.Int(1));
  }
  if (held.empty()) return false;
  database_
      .Query(
          "UPDATE purchases SET state = 'FAILED', billed = 'no', error = nullif(?2, ''), ended_at = ?3 "
          "WHERE job = ?1 AND state = 'RESERVED'")
      .Bind(row->number, AsText(error), ToMs(now))
      .Run();
  for (const auto& [day, reserved] : held) Settle(row->number, day, reserved, 0);
  auto left =
      database_.Query("SELECT 1 FROM purchases WHERE job = ?1 AND state NOT IN ('SUCCEEDED', 'FAILED')");
  if (!left.Bind(row->number).Next()) End(row->number, row->keep_s, now);
  return true;
}

bool SqliteVerbs::Postpone(WallTime now, const std::string& id, std::chrono::milliseconds due_in) {
  CheckClock(now);
  return database_.Query("UPDATE jobs SET driver = NULL, due_at = ?3 WHERE id = ?1 AND driver = ?2")
             .Bind(id, driver_, ToMs(now) + due_in.count())
             .Run() == 1;
}

bool SqliteVerbs::MarkDelivered(WallTime now, const std::string& id) {
  return database_.Query("UPDATE jobs SET delivered_at = ?2 WHERE id = ?1 AND delivered_at IS NULL")
             .Bind(id, ToMs(now))
             .Run() == 1;
}

std::vector<StoredJob> SqliteVerbs::ClaimDue(WallTime now, std::uint32_t limit, const std::string& claim) {
  CheckClock(now);
  database_
      .Query(
          "UPDATE jobs SET driver = ?1, claim = ?2, due_at = NULL WHERE number IN ("
          "SELECT number FROM jobs WHERE ended_at IS NULL AND driver IS NULL "
          "AND (due_at IS NULL OR due_at <= ?3) ORDER BY due_at LIMIT ?4)")
      .Bind(driver_, claim, ToMs(now), limit)
      .Run();
  auto claimed = database_.Query(
      "SELECT number FROM jobs WHERE ended_at IS NULL AND claim = ?1 AND driver = ?2 ORDER BY number");
  return LoadAll(claimed.Bind(claim, driver_));
}

void SqliteVerbs::Release(const std::string& claim) {
  database_
      .Query(
          "UPDATE jobs SET driver = NULL, due_at = NULL WHERE ended_at IS NULL AND claim = ?1 "
          "AND driver = ?2")
      .Bind(claim, driver_)
      .Run();
}

std::uint32_t SqliteVerbs::Renew() {
  auto query = database_.Query("SELECT count(*) FROM jobs WHERE ended_at IS NULL AND driver = ?1");
  query.Bind(driver_).Next();
  return static_cast<std::uint32_t>(query.Int(0));
}

}  // namespace flux::service
