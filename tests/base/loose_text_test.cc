// Numbers and truth values that come as text.
#include "base/loose_text.h"

#include <gtest/gtest.h>

#include <cmath>

namespace flux {
namespace {

TEST(LooseText, ReadsNumbers) {
  EXPECT_EQ(NumberIn(" 7.5\n"), 7.5);
  EXPECT_EQ(NumberIn("+3"), 3);
  EXPECT_EQ(NumberIn("-.5"), -0.5);
  EXPECT_EQ(NumberIn("1e3"), 1000);
  EXPECT_TRUE(std::isinf(*NumberIn("1e999")));
  EXPECT_EQ(NumberIn("1e-999"), 0);
  for (const char* none :
       {"", " ", "nan", "inf", "0x10", "1,5", "1 2", "--1", "+", ".", "1e", "1_000", "2x"}) {
    EXPECT_FALSE(NumberIn(none)) << none;
  }
}

TEST(LooseText, ReadsDigitsWithoutLoss) {
  EXPECT_EQ(DigitsIn(" 18446744073709551615 "), 18446744073709551615ULL);
  for (const char* none : {"", "18446744073709551616", "-1", "1.0", "+-1"})
    EXPECT_FALSE(DigitsIn(none)) << none;
}

TEST(LooseText, ReadsTruth) {
  EXPECT_EQ(TruthIn(" True "), true);
  EXPECT_EQ(TruthIn("0"), false);
  EXPECT_FALSE(TruthIn("yes"));
}

}  // namespace
}  // namespace flux
