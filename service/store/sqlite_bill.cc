// A request's row is written from both sides, in whichever order they come.
#include "service/store/sqlite_bill.h"

#include <utility>

#include "service/store/days.h"
#include "service/store/sqlite_time.h"
#include "service/store/texts.h"

namespace flux::service {
namespace {

// What ends while somebody looks is looked at again.
constexpr std::chrono::minutes kLookBack{2};
constexpr std::int64_t kToldAtOnce = 100;
constexpr std::int64_t kForgottenAtOnce = 2'000;
// fal tells charges of 90 days (fal-api "Platform API"); what is older is forgotten, whether or not it was
// looked at.
constexpr std::chrono::days kNeverLonger{91};

Finding ReadFinding(const SqliteQuery& query) {
  Finding finding;
  finding.kind = FindFindingKind(query.Text(0)).value_or(FindingKind::kUnexplained);
  finding.at = FromMs(query.Int(1));
  finding.fal_request_id = query.Text(2);
  finding.endpoint = query.Text(3);
  finding.caller = query.Text(4);
  finding.model = query.Text(5);
  finding.job = query.Text(6);
  finding.settled_nano_usd = query.Int(7);
  finding.charged_nano_usd = query.MaybeInt(8).value_or(0);
  return finding;
}

}  // namespace

void SqliteBill::Adopt() {
  database_.Execute("UPDATE bill_turn SET held_until = 0, due_at = 0");
}

std::optional<BillTurn> SqliteBill::TakeTurn(WallTime now, std::chrono::milliseconds hold,
                                             const std::string& claim) {
  const std::int64_t ms = ToMs(now);
  database_.Query("INSERT OR IGNORE INTO bill_turn (one, since, fetched_until) VALUES (1, ?1, ?1)")
      .Bind(ms)
      .Run();
  // A clock that has gone back must not hold a turn up.
  const bool taken = database_
                         .Query(
                             "UPDATE bill_turn SET claim = ?2, held_until = ?1 + ?3 WHERE "
                             "(due_at <= ?1 OR due_at > ?1 + 86400000) AND "
                             "(held_until <= ?1 OR held_until > ?1 + 86400000)")
                         .Bind(ms, claim, hold.count())
                         .Run() == 1;
  if (!taken) return std::nullopt;
  TakeIn(now);
  auto query = database_.Query("SELECT since, fetched_until FROM bill_turn");
  query.Next();
  return BillTurn{claim, FromMs(query.Int(0)), FromMs(query.Int(1))};
}

void SqliteBill::TakeIn(WallTime now) {
  database_
      .Query(
          "INSERT INTO bill (fal_request_id, endpoint, at, day, caller, model, job, billed, "
          "estimated_nano_usd, settled_nano_usd) "
          "SELECT fal_request_id, endpoint, at, day, caller, model, id, billed, estimated_nano_usd, "
          "settled_nano_usd FROM purchases_bought "
          "WHERE ended_at >= (SELECT max(taken_until, since) FROM bill_turn) - ?1 "
          "ON CONFLICT (fal_request_id) DO UPDATE SET at = excluded.at, day = excluded.day, "
          "caller = excluded.caller, model = excluded.model, job = excluded.job, billed = excluded.billed, "
          "estimated_nano_usd = excluded.estimated_nano_usd, settled_nano_usd = excluded.settled_nano_usd "
          "WHERE bill.caller IS NULL OR bill.billed <> excluded.billed "
          "OR bill.settled_nano_usd <> excluded.settled_nano_usd")
      .Bind(std::chrono::milliseconds(kLookBack).count())
      .Run();
  database_.Query("UPDATE bill_turn SET taken_until = ?1").Bind(ToMs(now)).Run();
}

bool SqliteBill::NoteBought(WallTime now, const std::vector<Bought>& bought) {
  const std::string day = DayOf(now);
  for (const Bought& one : bought) {
    database_
        .Query(
            "INSERT INTO bill (fal_request_id, endpoint, at, day, caller, model, billed, estimated_nano_usd, "
            "settled_nano_usd) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) "
            "ON CONFLICT (fal_request_id) DO UPDATE SET at = excluded.at, day = excluded.day, "
            "caller = excluded.caller, model = excluded.model, billed = excluded.billed, "
            "estimated_nano_usd = excluded.estimated_nano_usd, settled_nano_usd = excluded.settled_nano_usd "
            "WHERE bill.caller IS NULL")
        .Bind(AsText(one.fal_request_id), AsText(one.endpoint), ToMs(now), day, AsText(one.caller),
              AsText(one.model), flux::Name(one.billed), one.estimated_nano_usd, one.settled_nano_usd)
        .Run();
  }
  return true;
}

std::optional<KeptCharges> SqliteBill::KeepCharges(WallTime now, const std::string& claim,
                                                   std::chrono::milliseconds hold,
                                                   const std::vector<Charge>& charges) {
  const bool ours = database_.Query("UPDATE bill_turn SET held_until = ?1 + ?3 WHERE claim = ?2")
                        .Bind(ToMs(now), claim, hold.count())
                        .Run() == 1;
  if (!ours) return std::nullopt;
  const std::int64_t since = database_.Number("SELECT since FROM bill_turn");
  KeptCharges kept;
  for (const Charge& charge : charges) {
    const std::string id = AsText(charge.fal_request_id);
    std::optional<std::int64_t> known;
    bool there = false;
    {
      auto query = database_.Query("SELECT charged_nano_usd FROM bill WHERE fal_request_id = ?1");
      there = query.Bind(id).Next();
      if (there) known = query.MaybeInt(0);
    }
    if (known == charge.charged_nano_usd) continue;
    if (!there && ToMs(charge.at) < since) {
      auto query = database_.Query("SELECT 1 FROM purchases WHERE fal_request_id = ?1");
      if (!query.Bind(id).Next()) continue;
    }
    database_
        .Query(
            "INSERT INTO bill (fal_request_id, endpoint, at, day, charged_nano_usd, charged_at) "
            "VALUES (?1, ?2, ?3, ?4, ?5, ?3) ON CONFLICT (fal_request_id) DO UPDATE SET "
            "charged_nano_usd = excluded.charged_nano_usd, charged_at = excluded.charged_at")
        .Bind(id, AsText(charge.endpoint), ToMs(charge.at), DayOf(charge.at), charge.charged_nano_usd)
        .Run();
    ++(known ? kept.changed : kept.added);
    kept.added_nano_usd += charge.charged_nano_usd - known.value_or(0);
  }
  return kept;
}

std::vector<Finding> SqliteBill::EndTurn(WallTime now, const std::string& claim, const BillNote& note) {
  const std::int64_t ms = ToMs(now);
  std::vector<Finding> findings;
  const std::optional<std::int64_t> until =
      note.fetched_until ? std::optional(ToMs(*note.fetched_until)) : std::nullopt;
  const bool ours =
      database_
          .Query(
              "UPDATE bill_turn SET fetched_until = max(fetched_until, coalesce(?3, 0)), "
              "fetched_at = CASE WHEN ?3 IS NULL THEN fetched_at ELSE ?1 END, held_until = 0, claim = '', "
              "due_at = ?1 + ?4 WHERE claim = ?2")
          .Bind(ms, claim, until, note.due_in.count())
          .Run() == 1;
  if (!ours) return findings;
  TakeIn(now);
  // What was not looked at yet proves nothing, however old it is.
  {
    auto query = database_.Query(
        "SELECT finding, at, fal_request_id, endpoint, caller, model, job, settled_nano_usd, "
        "charged_nano_usd FROM bill WHERE finding IS NOT NULL AND told = 0 "
        "AND at < min(?1, (SELECT fetched_until FROM bill_turn)) - ?2 AND NOT EXISTS (SELECT 1 "
        "FROM purchases p WHERE bill.caller IS NULL AND p.fal_request_id = bill.fal_request_id) "
        "ORDER BY at LIMIT ?3");
    query.Bind(ms, note.lag.count(), kToldAtOnce);
    while (query.Next()) findings.push_back(ReadFinding(query));
  }
  for (const Finding& finding : findings) {
    database_.Query("UPDATE bill SET told = 1 WHERE fal_request_id = ?1").Bind(finding.fal_request_id).Run();
  }
  return findings;
}

BillView SqliteBill::View(WallTime now, const BillQuery& asked) {
  BillView view;
  const std::int64_t all = asked.caller ? 0 : 1;
  const std::string caller = AsText(asked.caller.value_or(std::string()));
  auto days = database_.Query(
      "SELECT day, explained, CASE WHEN ?2 = 1 THEN '' ELSE caller END AS who, model, sum(purchases), "
      "sum(estimated_nano_usd), sum(settled_nano_usd), sum(charges), sum(charged_nano_usd), "
      "sum(checked_nano_usd) FROM bill_days WHERE day >= ?1 AND (?2 = 1 OR (explained = 1 AND caller = ?3)) "
      "AND (purchases > 0 OR charges > 0) GROUP BY day, explained, who, model "
      "ORDER BY day, explained DESC, model");
  days.Bind(asked.first_day, all, caller);
  while (days.Next()) {
    view.days.push_back({days.Text(0), days.Int(1) != 0, days.Text(2), days.Text(3),
                         static_cast<std::uint64_t>(days.Int(4)), days.Int(5), days.Int(6),
                         static_cast<std::uint64_t>(days.Int(7)), days.Int(8), days.Int(9)});
  }
  auto findings = database_.Query(
      "SELECT finding, at, fal_request_id, endpoint, caller, model, job, settled_nano_usd, charged_nano_usd "
      "FROM bill WHERE finding IS NOT NULL AND day >= ?1 AND (?2 = 1 OR caller = ?3) "
      "AND at < min(?4, (SELECT fetched_until FROM bill_turn)) - ?5 AND NOT EXISTS (SELECT 1 FROM purchases "
      "p WHERE bill.caller IS NULL AND p.fal_request_id = bill.fal_request_id) ORDER BY at DESC, "
      "fal_request_id LIMIT ?6");
  findings.Bind(asked.first_day, all, caller, ToMs(now), asked.lag.count(),
                std::int64_t{asked.most_findings});
  while (findings.Next()) view.findings.push_back(ReadFinding(findings));
  auto turn = database_.Query("SELECT fetched_at FROM bill_turn");
  if (turn.Next()) view.fetched_at = FromMs(turn.MaybeInt(0));
  return view;
}

void SqliteBill::Expire(WallTime now) {
  database_
      .Query(
          "DELETE FROM bill WHERE fal_request_id IN (SELECT fal_request_id FROM bill WHERE at < max("
          "(SELECT fetched_until FROM bill_turn) - ?1, ?2) ORDER BY at LIMIT ?3)")
      .Bind(std::chrono::milliseconds(std::chrono::days(kBillKeptDays)).count(), ToMs(now - kNeverLonger),
            kForgottenAtOnce)
      .Run();
  database_.Query("DELETE FROM bill_days WHERE day < ?1")
      .Bind(DayOf(now - std::chrono::days(kSpendingDays)))
      .Run();
}

bool SqliteBill::MakeRoom() {
  return database_
             .Query(
                 "DELETE FROM bill WHERE fal_request_id IN (SELECT fal_request_id FROM bill "
                 "ORDER BY at LIMIT 1000)")
             .Run() > 0;
}

}  // namespace flux::service
