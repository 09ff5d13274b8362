#include "base/status.h"

#include <gtest/gtest.h>

#include "base/result.h"

namespace flux {
namespace {

TEST(StatusTest, StartsWithItsRow) {
  const Status status(Reason::kUpstreamTimeout);
  EXPECT_EQ(status.message, RowOf(Reason::kUpstreamTimeout).meaning);
  EXPECT_EQ(status.billed, Billed::kMaybe);
}

TEST(StatusTest, InvalidFieldsNamesThemAll) {
  const Status status =
      InvalidFields({{"prompt", "is required"}, {"", "the body is odd"}, {"seed", "is negative"}});
  EXPECT_EQ(status.reason, Reason::kInvalidField);
  EXPECT_EQ(status.message, "prompt is required; the body is odd; seed is negative");
  EXPECT_EQ(status.violations.size(), 3u);
}

TEST(ResultTest, HoldsOneOfBoth) {
  Result<std::string> good(std::string("x"));
  ASSERT_TRUE(good);
  EXPECT_EQ(*good, "x");
  EXPECT_EQ(good->size(), 1u);
  const Result<std::string> bad(Status(Reason::kCancelled));
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().reason, Reason::kCancelled);
}

}  // namespace
}  // namespace flux
