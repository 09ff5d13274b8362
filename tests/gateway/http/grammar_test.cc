// The edges of the grammar's predicates. Everything else is covered by the rows of framing_test.cc.
#include "gateway/http/grammar.h"

#include <gtest/gtest.h>

namespace flux::gateway {
namespace {

TEST(Grammar, TokensAreNotEmpty) {
  EXPECT_TRUE(IsToken("GET"));
  EXPECT_FALSE(IsToken(""));
  EXPECT_FALSE(IsToken("a b"));
}

TEST(Grammar, ComparesAsciiWithoutCase) {
  EXPECT_TRUE(EqualsIgnoreCase("Content-Length", "cONTENT-lENGTH"));
  EXPECT_FALSE(EqualsIgnoreCase("a", "ab"));
  EXPECT_FALSE(EqualsIgnoreCase("@", "`"));
  EXPECT_FALSE(EqualsIgnoreCase("\xc4", "\xe4"));
}

TEST(Grammar, TrimsSpacesAndTabsOnly) {
  EXPECT_EQ(TrimWhitespace(" \ta b\t "), "a b");
  EXPECT_EQ(TrimWhitespace(" \t "), "");
  EXPECT_EQ(TrimWhitespace("\va\v"), "\va\v");
}

TEST(Grammar, CutsLists) {
  std::string_view rest = " a ,, b";
  EXPECT_EQ(TakeListElement(rest), "a");
  EXPECT_EQ(TakeListElement(rest), "");
  EXPECT_EQ(TakeListElement(rest), "b");
  EXPECT_TRUE(rest.empty());
}

TEST(Grammar, ReadsHexDigits) {
  EXPECT_EQ(HexValue('0'), 0);
  EXPECT_EQ(HexValue('f'), 15);
  EXPECT_EQ(HexValue('F'), 15);
  EXPECT_EQ(HexValue('g'), -1);
  EXPECT_EQ(HexValue('@'), -1);
}

}  // namespace
}  // namespace flux::gateway
