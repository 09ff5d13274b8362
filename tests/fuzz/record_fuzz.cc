// Any bytes as a stored plan, a stored failure and a file of budgets: nothing crashes, what is read is
// written and read the same again, and no budget is below zero.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "service/purchase/budget.h"
#include "service/purchase/record.h"

namespace {

using namespace flux::service;  // NOLINT: the whole file is about one room

void Require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto plan = PlanFromJson(text)) {
    Require(!plan->purchases.empty());
    const std::string written = PlanToJson(*plan);
    const auto again = PlanFromJson(written);
    Require(again && PlanToJson(*again) == written);
  }
  const std::string failure = StatusToJson(StatusFromJson(text));
  Require(StatusToJson(StatusFromJson(failure)) == failure);
  std::vector<std::string> problems;
  for (const auto& [name, lines] : ParseBudgets(text, problems)) {
    for (const BudgetLine& line : lines) {
      Require(line.limit_nano_usd >= 0 && !name.empty());
      Require(!Dollars(line.limit_nano_usd).starts_with('-'));
    }
  }
  return 0;
}
