// Each verb is one or some prepared statements; what they do is in postgres_schema_bill.cc.
#include "service/store/postgres_bill.h"

#include "base/request_id.h"
#include "service/store/postgres_ask.h"
#include "service/store/postgres_read.h"
#include "service/store/texts.h"

namespace flux::service {
namespace {

using asio::awaitable;
using S = PostgresStatement;

std::int64_t ToUs(WallTime time) {
  return std::chrono::floor<std::chrono::microseconds>(time.time_since_epoch()).count();
}

std::vector<Finding> ReadFindings(const PostgresRows& rows) {
  std::vector<Finding> findings;
  for (int row = 0; row < rows.size(); ++row) {
    const auto text = [&](int column) { return std::string(rows.Text(row, column)); };
    Finding finding;
    finding.kind = FindFindingKind(rows.Text(row, 0)).value_or(FindingKind::kUnexplained);
    finding.at = ReadTime(rows, row, 1);
    finding.fal_request_id = text(2);
    finding.endpoint = text(3);
    finding.caller = text(4);
    finding.model = text(5);
    finding.job = text(6);
    finding.settled_nano_usd = rows.Int(row, 7);
    finding.charged_nano_usd = rows.Int(row, 8);
    findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace

awaitable<Result<std::optional<BillTurn>>> PostgresBill::TakeTurn(std::chrono::milliseconds hold) {
  const std::string claim = NewRequestId();
  PostgresQuery query = Query(S::kTakeBillTurn, {P(claim), P(hold.count())});
  auto answers = co_await AskOne(link_, std::move(query));
  if (!answers) co_return std::move(answers).error();
  const PostgresRows& rows = answers->at(0);
  if (rows.size() == 0) co_return std::nullopt;
  co_return std::optional(BillTurn{claim, ReadTime(rows, 0, 0), ReadTime(rows, 0, 1)});
}

awaitable<Result<bool>> PostgresBill::NoteBought(std::vector<Bought> bought) {
  std::vector<std::string> ids, endpoints, callers, models, billed;
  std::vector<std::int64_t> estimated, settled;
  for (Bought& one : bought) {
    ids.push_back(AsText(std::move(one.fal_request_id)));
    endpoints.push_back(AsText(std::move(one.endpoint)));
    callers.push_back(AsText(std::move(one.caller)));
    models.push_back(AsText(std::move(one.model)));
    billed.emplace_back(flux::Name(one.billed));
    estimated.push_back(one.estimated_nano_usd);
    settled.push_back(one.settled_nano_usd);
  }
  PostgresQuery query =
      Query(S::kNoteBought,
            {P(ArrayText(ids)), P(ArrayText(endpoints)), P(ArrayText(callers)), P(ArrayText(models)),
             P(ArrayText(billed)), P(ArrayText(estimated)), P(ArrayText(settled))});
  auto answers = co_await AskOne(link_, std::move(query));
  if (!answers) co_return std::move(answers).error();
  co_return true;
}

awaitable<Result<std::optional<KeptCharges>>> PostgresBill::KeepCharges(std::string claim,
                                                                        std::chrono::milliseconds hold,
                                                                        std::vector<Charge> charges) {
  std::vector<std::string> ids, endpoints;
  std::vector<std::int64_t> times, amounts;
  for (Charge& charge : charges) {
    ids.push_back(AsText(std::move(charge.fal_request_id)));
    endpoints.push_back(AsText(std::move(charge.endpoint)));
    times.push_back(ToUs(charge.at));
    amounts.push_back(charge.charged_nano_usd);
  }
  PostgresQuery query =
      Query(S::kKeepCharges, {P(std::move(claim)), P(hold.count()), P(ArrayText(ids)),
                              P(ArrayText(endpoints)), P(ArrayText(times)), P(ArrayText(amounts))});
  auto answers = co_await AskOne(link_, std::move(query));
  if (!answers) co_return std::move(answers).error();
  const PostgresRows& rows = answers->at(0);
  if (rows.size() == 0) co_return std::nullopt;
  co_return std::optional(KeptCharges{static_cast<std::uint64_t>(rows.Int(0, 0)),
                                      static_cast<std::uint64_t>(rows.Int(0, 1)), rows.Int(0, 2)});
}

awaitable<Result<std::vector<Finding>>> PostgresBill::EndTurn(std::string claim, BillNote note) {
  PostgresQuery query =
      Query(S::kEndBillTurn, {P(std::move(claim)), P(note.fetched_until ? ToUs(*note.fetched_until) : 0),
                              P(note.due_in.count()), P(note.lag.count())});
  auto answers = co_await AskOne(link_, std::move(query));
  if (!answers) co_return std::move(answers).error();
  co_return ReadFindings(answers->at(0));
}

awaitable<Result<BillView>> PostgresBill::View(BillQuery asked) {
  const std::string caller = AsText(asked.caller.value_or(std::string()));
  Queries queries;
  queries.push_back(Query(S::kBillDays, {P(asked.first_day), P(!asked.caller.has_value()), P(caller)}));
  queries.push_back(Query(S::kBillFindings, {P(asked.first_day), P(!asked.caller.has_value()), P(caller),
                                             P(asked.lag.count()), P(std::int64_t{asked.most_findings})}));
  queries.push_back(Query(S::kBillFetched, {}));
  auto answers = co_await Ask(link_, std::move(queries));
  if (!answers) co_return std::move(answers).error();
  BillView view;
  const PostgresRows& days = answers->at(0);
  for (int row = 0; row < days.size(); ++row) {
    const auto count = [&](int column) { return static_cast<std::uint64_t>(days.Int(row, column)); };
    view.days.push_back({std::string(days.Text(row, 0)), days.Text(row, 1) == "true",
                         std::string(days.Text(row, 2)), std::string(days.Text(row, 3)), count(4),
                         days.Int(row, 5), days.Int(row, 6), count(7), days.Int(row, 8), days.Int(row, 9)});
  }
  view.findings = ReadFindings(answers->at(1));
  const PostgresRows& fetched = answers->at(2);
  if (fetched.size() > 0) view.fetched_at = ReadMaybeTime(fetched, 0, 0);
  co_return view;
}

}  // namespace flux::service
