// A failure as a value, and when its caller is advised to try again.
#include "base/status.h"

#include <gtest/gtest.h>

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

TEST(StatusTest, WhatMayHaveBeenBilledIsNeverAdvisedToBeSentAgain) {
  for (const ReasonRow& row : ReasonTable()) {
    Status status(row.reason);
    for (const Billed billed : {Billed::kMaybe, Billed::kYes}) {
      status.billed = billed;
      EXPECT_FALSE(IsRetryable(status)) << row.name;
    }
    status.billed = Billed::kNo;
    EXPECT_EQ(IsRetryable(status), row.retryable) << row.name;
  }
}

}  // namespace
}  // namespace flux
