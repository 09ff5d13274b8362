// Dollars as JSON and headers say them: exact, without trailing zeros.
#include "gateway/doors/dollars.h"

#include <gtest/gtest.h>

#include <limits>

namespace flux::gateway {
namespace {

TEST(DollarsTest, AreExact) {
  EXPECT_EQ(DollarsOfMicro(0), "0");
  EXPECT_EQ(DollarsOfMicro(25'000), "0.025");
  EXPECT_EQ(DollarsOfMicro(1), "0.000001");
  EXPECT_EQ(DollarsOfMicro(12'000'000), "12");
  EXPECT_EQ(DollarsOfMicro(std::numeric_limits<std::uint64_t>::max()), "18446744073709.551615");
  EXPECT_EQ(DollarsOfNano(0), "0");
  EXPECT_EQ(DollarsOfNano(1), "0.000000001");
  EXPECT_EQ(DollarsOfNano(100'000'000), "0.1");
  EXPECT_EQ(DollarsOfNano(-1'500'000'000), "-1.5");
  EXPECT_EQ(DollarsOfNano(-1), "-0.000000001");
  EXPECT_EQ(DollarsOfNano(std::numeric_limits<std::int64_t>::max()), "9223372036.854775807");
  EXPECT_EQ(DollarsOfNano(std::numeric_limits<std::int64_t>::min()), "-9223372036.854775808");
}

}  // namespace
}  // namespace flux::gateway
