// days: in which day and month, in UTC, something is paid, and when a budget begins anew. Pure.
#pragma once

#include <string>

#include "service/store/store.h"

namespace flux::service {

// How long it is remembered what an account spent on a day: a year, and what looking back takes.
inline constexpr int kSpendingDays = 400;

// "2026-11-25".
std::string DayOf(WallTime time);
// "2026-11".
std::string MonthOf(WallTime time);
// DayOf or MonthOf.
std::string PeriodOf(BudgetPeriod period, WallTime time);
// When the period that `time` lies in is over.
WallTime EndOf(BudgetPeriod period, WallTime time);

}  // namespace flux::service
