// Days and months of UTC, as budgets count them.
#include "service/store/days.h"

#include <gtest/gtest.h>

namespace flux::service {
namespace {

using namespace std::chrono_literals;

WallTime At(int year, unsigned month, unsigned day) {
  return std::chrono::sys_days(
      std::chrono::year_month_day(std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)));
}

TEST(Days, AreWrittenAsIso8601) {
  EXPECT_EQ(DayOf(At(2026, 11, 25)), "2026-11-25");
  EXPECT_EQ(DayOf(At(2026, 11, 25) + 24h - 1ns), "2026-11-25");
  EXPECT_EQ(MonthOf(At(2026, 1, 1)), "2026-01");
  EXPECT_EQ(DayOf(At(1969, 12, 31)), "1969-12-31");
}

TEST(Days, EndAtMidnightAndMonthsOnTheFirst) {
  EXPECT_EQ(EndOf(BudgetPeriod::kDay, At(2024, 2, 28) + 1h), At(2024, 2, 29));
  EXPECT_EQ(EndOf(BudgetPeriod::kMonth, At(2024, 2, 29)), At(2024, 3, 1));
  EXPECT_EQ(EndOf(BudgetPeriod::kMonth, At(2026, 12, 31)), At(2027, 1, 1));
}

TEST(States, HaveNames) {
  for (int i = 0; i <= static_cast<int>(PurchaseState::kFailed); ++i) {
    const auto state = static_cast<PurchaseState>(i);
    EXPECT_EQ(FindPurchaseState(Name(state)), state);
  }
  EXPECT_FALSE(FindPurchaseState("sent"));
  EXPECT_FALSE(FindPurchaseState(""));
}

}  // namespace
}  // namespace flux::service
