// The calendar of C++20, written as ISO 8601 does.
#include "service/store/days.h"

#include <chrono>
#include <cstdio>

namespace flux::service {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::months;
using std::chrono::sys_days;
using std::chrono::year_month_day;

year_month_day Date(WallTime time) {
  return year_month_day(floor<days>(time));
}

}  // namespace

std::string DayOf(WallTime time) {
  const year_month_day date = Date(time);
  char text[32];
  std::snprintf(text, sizeof text, "%s-%02u", MonthOf(time).c_str(), static_cast<unsigned>(date.day()));
  return text;
}

std::string MonthOf(WallTime time) {
  const year_month_day date = Date(time);
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()));
  return text;
}

std::string PeriodOf(BudgetPeriod period, WallTime time) {
  return period == BudgetPeriod::kDay ? DayOf(time) : MonthOf(time);
}

WallTime EndOf(BudgetPeriod period, WallTime time) {
  if (period == BudgetPeriod::kDay) return floor<days>(time) + days(1);
  const year_month_day date = Date(time);
  return sys_days((date.year() / date.month() / 1) + months(1));
}

}  // namespace flux::service
