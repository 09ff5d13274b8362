// Written by hand, since a JSON library would make binary fractions of the amounts.
#include "gateway/doors/jobs/usage_json.h"

#include <optional>
#include <string_view>

#include "base/json.h"
#include "base/loose_text.h"
#include "gateway/doors/dollars.h"
#include "gateway/doors/flux/public_time.h"

namespace flux::gateway {
namespace {

constexpr std::uint64_t kMostDays = 366;

void AppendDay(const v1::DayUsage& day, std::string& out) {
  out += R"({"day":)" + QuoteJson(day.day());
  out += R"(,"spent_usd":)" + DollarsOfNano(day.spent_nano_usd());
  out += R"(,"reserved_usd":)" + DollarsOfNano(day.reserved_nano_usd());
  out += R"(,"purchases":)" + std::to_string(day.purchases()) + '}';
}

void AppendBudget(const v1::Budget& budget, std::string& out) {
  out += R"({"name":)" + QuoteJson(budget.name());
  out += R"(,"per":)";
  out += budget.period() == v1::BUDGET_PERIOD_DAY ? R"("day")" : R"("month")";
  out += R"(,"limit_usd":)" + DollarsOfNano(budget.limit_nano_usd());
  out += R"(,"spent_usd":)" + DollarsOfNano(budget.spent_nano_usd());
  out += R"(,"reserved_usd":)" + DollarsOfNano(budget.reserved_nano_usd());
  out += R"(,"left_usd":)" + DollarsOfNano(budget.left_nano_usd());
  if (budget.has_resets_at()) out += R"(,"resets_at":")" + PublicTime(budget.resets_at()) + '"';
  out += '}';
}

void AppendLine(const v1::BillLine& line, std::string& out) {
  out += R"({"day":)" + QuoteJson(line.day());
  out += R"(,"model":)" + QuoteJson(line.model());
  out += R"(,"purchases":)" + std::to_string(line.purchases());
  out += R"(,"estimated_usd":)" + DollarsOfNano(line.estimated_nano_usd());
  out += R"(,"settled_usd":)" + DollarsOfNano(line.settled_nano_usd());
  out += R"(,"charges":)" + std::to_string(line.charges());
  out += R"(,"charged_usd":)" + DollarsOfNano(line.charged_nano_usd()) + '}';
}

std::string_view KindName(v1::BillFindingKind kind) {
  switch (kind) {
    case v1::BILL_FINDING_KIND_UNCHARGED:
      return "uncharged";
    case v1::BILL_FINDING_KIND_UNEXPECTED:
      return "unexpected";
    default:
      return "other";
  }
}

void AppendFinding(const v1::BillFinding& finding, std::string& out) {
  out += R"({"kind":")" + std::string(KindName(finding.kind())) + '"';
  if (finding.has_at()) out += R"(,"at":")" + PublicTime(finding.at()) + '"';
  out += R"(,"fal_request_id":)" + QuoteJson(finding.fal_request_id());
  out += R"(,"endpoint":)" + QuoteJson(finding.endpoint());
  if (!finding.model().empty()) out += R"(,"model":)" + QuoteJson(finding.model());
  if (!finding.job_id().empty()) out += R"(,"job":)" + QuoteJson("/api/v1/jobs/" + finding.job_id());
  out += R"(,"believed_usd":)" + DollarsOfNano(finding.believed_nano_usd());
  out += R"(,"charged_usd":)" + DollarsOfNano(finding.charged_nano_usd()) + '}';
}

template <typename List, typename Append>
void AppendList(const List& list, Append append, std::string& out) {
  out += '[';
  for (const auto& member : list) {
    if (&member != &list.Get(0)) out += ',';
    append(member, out);
  }
  out += ']';
}

void AppendBill(const v1::Bill& bill, std::string& out) {
  out += R"(,"bill":{)";
  if (bill.has_fetched_at()) out += R"("fetched_at":")" + PublicTime(bill.fetched_at()) + R"(",)";
  out += R"("lines":)";
  AppendList(bill.lines(), &AppendLine, out);
  out += R"(,"findings":)";
  AppendList(bill.findings(), &AppendFinding, out);
  out += '}';
}

}  // namespace

std::string RenderUsage(const v1::GetUsageResponse& usage) {
  std::string out = R"({"success":true,"usage":{"caller":)" + QuoteJson(usage.caller());
  out += R"(,"days":)";
  AppendList(usage.days(), &AppendDay, out);
  out += R"(,"budgets":)";
  AppendList(usage.budgets(), &AppendBudget, out);
  if (usage.has_bill()) AppendBill(usage.bill(), out);
  out += "}}";
  return out;
}

Result<std::uint32_t> ReadDays(const HeaderList& query) {
  std::optional<std::uint64_t> days;
  for (const auto& [name, value] : query) {
    if (name != "days" || Trimmed(value).empty()) continue;
    const std::optional<std::uint64_t> said = DigitsIn(value);
    if (!said || *said == 0 || *said > kMostDays) {
      return InvalidFields({{"days", "must be a whole number from 1 to 366"}});
    }
    if (days && *days != *said) return InvalidFields({{"days", "is there twice, with different values"}});
    days = said;
  }
  return static_cast<std::uint32_t>(days.value_or(0));
}

}  // namespace flux::gateway
