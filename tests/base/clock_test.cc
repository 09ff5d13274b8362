// Times as people read them.
#include "base/clock.h"

#include <gtest/gtest.h>

namespace flux {
namespace {

TEST(Iso8601Test, IsUtcWithMilliseconds) {
  EXPECT_EQ(Iso8601(WallTime(std::chrono::milliseconds(0))), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(Iso8601(WallTime(std::chrono::milliseconds(1'763'917'295'007))), "2025-11-23T17:01:35.007Z");
}

TEST(Iso8601Test, FollowsFromSecondToSecondAndBack) {
  using std::chrono::milliseconds;
  EXPECT_EQ(Iso8601(WallTime(milliseconds(1'763'917'295'999))), "2025-11-23T17:01:35.999Z");
  EXPECT_EQ(Iso8601(WallTime(milliseconds(1'763'917'296'000))), "2025-11-23T17:01:36.000Z");
  EXPECT_EQ(Iso8601(WallTime(milliseconds(1'763'917'295'999))), "2025-11-23T17:01:35.999Z");
  EXPECT_EQ(Iso8601(WallTime(milliseconds(-1))), "1969-12-31T23:59:59.999Z");
}

}  // namespace
}  // namespace flux
