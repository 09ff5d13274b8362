// Text for people's eyes: cut between characters, without what deceives.
#include "base/text.h"

#include <gtest/gtest.h>

namespace flux {
namespace {

constexpr char kReplaced[] =
    "a\xEF\xBF\xBD"
    "b";

TEST(TextTest, IsShortenedBetweenCharacters) {
  EXPECT_EQ(Shorten("abc", 3), "abc");
  EXPECT_EQ(Shorten("abcdef", 5), "ab…");
  EXPECT_EQ(Shorten("ééé", 5), "é…");
  EXPECT_EQ(Shorten("éééé", 6), "é…");
  EXPECT_EQ(Shorten("🐈🐈", 7), "🐈…");
  EXPECT_EQ(Shorten("🐈🐈", 6), "…");
}

TEST(TextTest, CharactersThatDeceiveAreReplaced) {
  for (const std::string character : {"\x7f", "\u0080", "\u0085", "\u009b", "\u009f", "\u061c", "\u200e",
                                      "\u200f", "\u2028", "\u2029", "\u202a", "\u202e", "\u2066", "\u2069"}) {
    EXPECT_EQ(Printable("a" + character + "b"), kReplaced);
  }
}

TEST(TextTest, OthersStayAsTheyAre) {
  for (const std::string text : {"", "plain", "\u00a0", "é", "\u061b", "\u200d", "\u2010", "\u202f", "\u2065",
                                 "\u206a", "日本", "👩‍🎨", "\x1b[31m", "\xc2", "\xe2\x80", "\xff"}) {
    EXPECT_EQ(Printable(text), text);
  }
}

}  // namespace
}  // namespace flux
