// ReplyEstimate: careful at first, right after a few replies, never below what was expected.
#include "gateway/http/reply_estimate.h"

#include <gtest/gtest.h>

namespace flux::gateway {
namespace {

TEST(ReplyEstimate, IsCarefulUntilSomethingCame) {
  ReplyEstimate estimate;
  EXPECT_EQ(estimate.Of(1000), 16'000U);
  for (int i = 0; i < 20; ++i) estimate.Learn(1000, 300);
  EXPECT_EQ(estimate.Of(1000), 1000U);
}

TEST(ReplyEstimate, BelievesALargerOneAtOnce) {
  ReplyEstimate estimate;
  for (int i = 0; i < 20; ++i) estimate.Learn(1000, 1000);
  estimate.Learn(1000, 40'000);
  EXPECT_EQ(estimate.Of(1000), 40'000U);
  estimate.Learn(1000, 1000);
  EXPECT_GT(estimate.Of(1000), 20'000U);
}

TEST(ReplyEstimate, NothingExpectedTeachesNothing) {
  ReplyEstimate estimate;
  estimate.Learn(0, 1'000'000);
  EXPECT_EQ(estimate.Of(1), 16U);
}

}  // namespace
}  // namespace flux::gateway
