// The arithmetic of the rate limit.
#include "gateway/guard/rate/gcra.h"

#include <gtest/gtest.h>

#include "gateway/guard/caller/api_keys.h"

namespace flux::gateway {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::nanoseconds kStart = 1000h;

class Limits : public testing::TestWithParam<std::uint32_t> {};

TEST_P(Limits, AllowExactlyTheirNumberAtOnceAndThenOneAtATime) {
  const std::uint32_t limit = GetParam();
  const Gcra gcra(limit);
  std::chrono::nanoseconds state{0};
  for (std::uint32_t i = 1; i <= limit; ++i) {
    const RateVerdict verdict = gcra.Take(kStart, state);
    ASSERT_TRUE(verdict.admitted) << i;
    ASSERT_EQ(verdict.remaining, limit - i);
    ASSERT_EQ(verdict.limit, limit);
  }
  const RateVerdict refused = gcra.Take(kStart, state);
  EXPECT_FALSE(refused.admitted);
  EXPECT_EQ(refused.remaining, 0u);
  EXPECT_LE(refused.until_full, 60s);
  EXPECT_FALSE(gcra.Take(kStart + refused.until_another - 1ns, state).admitted);
  EXPECT_TRUE(gcra.Take(kStart + refused.until_another, state).admitted);
  EXPECT_FALSE(gcra.Take(kStart + refused.until_another, state).admitted);
}

TEST_P(Limits, AreWholeAgainAfterAMinute) {
  const Gcra gcra(GetParam());
  std::chrono::nanoseconds state{0};
  while (gcra.Take(kStart, state).admitted) {
  }
  EXPECT_EQ(gcra.Take(kStart + 60s, state).remaining, GetParam() - 1);
}

INSTANTIATE_TEST_SUITE_P(Rows, Limits, testing::Values(1, 2, 7, 60, 61, 999, kMaxRate));

TEST(GcraTest, ALoweredLimitOwesAMinuteAtMost) {
  std::chrono::nanoseconds state{0};
  const Gcra wide(1000);
  while (wide.Take(kStart, state).admitted) {
  }
  state += 1h;  // a clock that went back looks like this
  const Gcra narrow(1);
  const RateVerdict refused = narrow.Take(kStart, state);
  EXPECT_FALSE(refused.admitted);
  EXPECT_LE(refused.until_another, 60s);
}

}  // namespace
}  // namespace flux::gateway
