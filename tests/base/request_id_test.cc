// New ids, and which ids of callers may be adopted.
#include "base/request_id.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace flux {
namespace {

TEST(RequestIdTest, IsAVersion4UuidAndNew) {
  const std::string id = NewRequestId();
  EXPECT_THAT(id,
              testing::MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
  EXPECT_NE(id, NewRequestId());
  EXPECT_TRUE(IsValidRequestId(id));
}

TEST(RequestIdTest, AdoptsOnlyHarmlessIds) {
  EXPECT_TRUE(IsValidRequestId("aZ09-_.:"));
  EXPECT_TRUE(IsValidRequestId(std::string(128, 'a')));
  EXPECT_FALSE(IsValidRequestId(std::string(129, 'a')));
  for (const char* bad : {"", "a b", "a\nb", "a\"b", "a/b", "é"}) EXPECT_FALSE(IsValidRequestId(bad)) << bad;
}

}  // namespace
}  // namespace flux
