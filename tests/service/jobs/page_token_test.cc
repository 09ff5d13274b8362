// Tokens of lists: theirs alone, and unforgeable.
#include "service/jobs/page_token.h"

#include <gtest/gtest.h>

#include <limits>

namespace flux::service {
namespace {

TEST(PageTokenTest, GoesOnWhereItsListEnded) {
  const PageTokens tokens("id:secret");
  for (const std::int64_t number :
       {std::int64_t{1}, std::int64_t{1} << 40, std::numeric_limits<std::int64_t>::max()}) {
    const std::string token = tokens.Write({"ada", 4}, number);
    EXPECT_EQ(tokens.Read({"ada", 4}, token), number);
    EXPECT_EQ(PageTokens("id:secret").Read({"ada", 4}, token), number) << "in every process";
  }
}

TEST(PageTokenTest, IsOfNoOtherList) {
  const PageTokens tokens("id:secret");
  const std::string token = tokens.Write({"ada", 4}, 7);
  EXPECT_FALSE(tokens.Read({"bob", 4}, token));
  EXPECT_FALSE(tokens.Read({"ada", 5}, token));
  EXPECT_FALSE(tokens.Read({"ada", 0}, token));
  EXPECT_FALSE(PageTokens("id:other").Read({"ada", 4}, token));
}

TEST(PageTokenTest, EveryCharacterCounts) {
  const PageTokens tokens("id:secret");
  const std::string token = tokens.Write({"ada", 4}, 7);
  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string other = token;
    other[i] = other[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(tokens.Read({"ada", 4}, other)) << i;
  }
  for (const std::string& odd : {std::string(), token + "=", token + "A", token.substr(1),
                                 std::string(32, '!'), std::string(32, '\0'), std::string(100'000, 'A')}) {
    EXPECT_FALSE(tokens.Read({"ada", 4}, odd));
  }
}

}  // namespace
}  // namespace flux::service
