// Random numbers that a seed repeats.
#include "sim/random.h"

#include <gmock/gmock.h>

#include <set>

namespace flux::sim {
namespace {

TEST(RandomTest, ASeedRepeats) {
  Random a(7), b(7), c(8);
  const std::string uuid = a.Uuid();
  EXPECT_EQ(uuid, b.Uuid());
  EXPECT_NE(uuid, c.Uuid());
  EXPECT_EQ(a.Seed(), b.Seed());
}

TEST(RandomTest, UuidsLookLikeUuids) {
  Random random(0);
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const std::string uuid = random.Uuid();
    EXPECT_THAT(uuid,
                testing::MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
    seen.insert(uuid);
  }
  EXPECT_EQ(seen.size(), 100U);
}

TEST(RandomTest, SeedsHave63BitsAndMostlyExceedDoubles) {
  Random random(0);
  int beyond = 0;
  for (int i = 0; i < 100; ++i) {
    const std::uint64_t seed = random.Seed();
    EXPECT_LT(seed, 1ULL << 63);
    beyond += seed > 1ULL << 53 ? 1 : 0;
  }
  EXPECT_GT(beyond, 50);
}

TEST(RandomTest, NamesAreForPaths) {
  EXPECT_THAT(Random(0).Name(), testing::MatchesRegex("[A-Za-z0-9]{22}"));
}

}  // namespace
}  // namespace flux::sim
