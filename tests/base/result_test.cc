// Result and Box: values small and large behave alike.
#include "base/result.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>
#include <utility>

namespace flux {
namespace {

struct Large {
  std::string text;
  std::array<char, 300> rest{};
};

// A result of a large value is what coroutines keep room for.
static_assert(sizeof(Result<Large>) <= 2 * sizeof(void*));
static_assert(sizeof(Result<int>) <= 2 * sizeof(void*));

TEST(Result, HoldsAValueOfAnySize) {
  const Result<int> small = 7;
  ASSERT_TRUE(small);
  EXPECT_EQ(*small, 7);
  const Result<Large> large = Large{.text = "seven"};
  ASSERT_TRUE(large.has_value());
  EXPECT_EQ(large->text, "seven");
}

TEST(Result, HoldsAFailure) {
  Result<Large> failed = Status(Reason::kUpstreamTimeout, "too slow");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message, "too slow");
  failed.error().billed = Billed::kNo;
  const Status taken = std::move(failed).error();
  EXPECT_EQ(taken, [] {
    Status expected(Reason::kUpstreamTimeout, "too slow");
    expected.billed = Billed::kNo;
    return expected;
  }());
}

TEST(Result, ACopyIsItsOwn) {
  Result<Large> first = Large{.text = "first"};
  Result<Large> second = first;
  second->text = "second";
  EXPECT_EQ(first->text, "first");
  const Result<Large> failed = Status(Reason::kInternal, "a");
  second = failed;
  second.error().message = "b";
  EXPECT_EQ(failed.error().message, "a");
}

TEST(Result, TakesWhatCannotBeCopied) {
  Result<std::unique_ptr<int>> held = std::make_unique<int>(3);
  const std::unique_ptr<int> taken = *std::move(held);
  EXPECT_EQ(*taken, 3);
}

TEST(Result, MayBeAssignedAfterItWasMovedFrom) {
  Result<Large> from = Large{.text = "one"};
  const Result<Large> to = std::move(from);
  from = Large{.text = "two"};
  EXPECT_EQ(from->text, "two");
  EXPECT_EQ(to->text, "one");
}

TEST(Box, CopiesDeeplyAlsoFromWhatWasMovedFrom) {
  Box<std::string> first(std::string("a"));
  Box<std::string> moved = std::move(first);
  const Box<std::string> empty = first;  // NOLINT(bugprone-use-after-move): it may be copied
  first = moved;
  *first += "b";
  EXPECT_EQ(*moved, "a");
  EXPECT_EQ(*first, "ab");
  static_cast<void>(empty);
}

}  // namespace
}  // namespace flux
