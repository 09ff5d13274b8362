// The file of keys: what its lines mean, and every mistake in them.
#include "gateway/guard/caller/api_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace flux::gateway {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// SHA-256 of "abc" and of "".
constexpr char kAbc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr char kNothing[] = "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855";

TEST(ApiKeysTest, ReadsNamesHashesAndSettings) {
  const auto parsed =
      ApiKeys::Parse("# who\n\n  shop\t" + std::string(kAbc) +
                     " rate=30  concurrency=2 models=edit/*,text-to-image/dev\r\nlab " + kNothing);
  EXPECT_THAT(parsed.problems, ElementsAre());
  const ApiKey* shop = parsed.keys.Find(HashOf("abc"));
  ASSERT_NE(shop, nullptr);
  EXPECT_EQ(shop->name, "shop");
  EXPECT_EQ(shop->rate, 30u);
  EXPECT_EQ(shop->concurrency, 2u);
  EXPECT_TRUE(shop->Allows("edit/flux-2"));
  EXPECT_TRUE(shop->Allows("text-to-image/dev"));
  EXPECT_FALSE(shop->Allows("text-to-image/dev2"));
  EXPECT_FALSE(shop->Allows("inpainting"));
  const ApiKey* lab = parsed.keys.Find(HashOf(""));
  ASSERT_NE(lab, nullptr) << "capitals are hex too";
  EXPECT_FALSE(lab->rate);
  EXPECT_EQ(lab->concurrency, 0u);
  EXPECT_TRUE(lab->Allows("anything"));
  EXPECT_EQ(parsed.keys.Find(HashOf("abd")), nullptr);
}

TEST(ApiKeysTest, ReadsWhoIsToldOfTheEndOfJobs) {
  const auto parsed =
      ApiKeys::Parse("shop " + std::string(kAbc) + " webhook=https://shop.example/hooks?x=1,2 rate=3");
  EXPECT_THAT(parsed.problems, ElementsAre());
  EXPECT_EQ(parsed.keys.Find(HashOf("abc"))->webhook, "https://shop.example/hooks?x=1,2");
  for (const char* url :
       {"", "shop.example", "ftp://shop.example", "https://u:secret@shop.example", "https://"}) {
    const auto wrong = ApiKeys::Parse("shop " + std::string(kAbc) + " webhook=" + url);
    ASSERT_EQ(wrong.problems.size(), 1u) << url;
    EXPECT_THAT(wrong.problems[0], testing::StartsWith("line 1: webhook must ")) << url;
    EXPECT_THAT(wrong.problems[0], testing::Not(HasSubstr("secret")));
  }
}

TEST(ApiKeysTest, FindsEachOfMany) {
  std::string text;
  for (int i = 0; i < 300; ++i) {
    text += "n" + std::to_string(i) + " ";
    for (const unsigned char byte : HashOf("key" + std::to_string(i))) {
      constexpr char kDigits[] = "0123456789abcdef";
      (text += kDigits[byte / 16]) += kDigits[byte % 16];
    }
    text += "\n";
  }
  const auto parsed = ApiKeys::Parse(text);
  EXPECT_THAT(parsed.problems, ElementsAre());
  for (int i = 0; i < 300; ++i) {
    const ApiKey* key = parsed.keys.Find(HashOf("key" + std::to_string(i)));
    ASSERT_NE(key, nullptr);
    EXPECT_EQ(key->name, "n" + std::to_string(i));
  }
  EXPECT_EQ(parsed.keys.Find(HashOf("key300")), nullptr);
}

TEST(ApiKeysTest, AFileWithoutKeysLetsNobodyIn) {
  for (const char* text : {"", "\n", "# nobody"}) {
    const auto parsed = ApiKeys::Parse(text);
    EXPECT_THAT(parsed.problems, ElementsAre());
    EXPECT_EQ(parsed.keys.Find(HashOf("abc")), nullptr);
  }
}

TEST(ApiKeysTest, KeysOfOneNameShareItsLimits) {
  const std::string first = std::string("shop ") + kAbc + " rate=5\n";
  EXPECT_THAT(ApiKeys::Parse(first + "shop " + kNothing + " rate=5 models=inpainting").problems,
              ElementsAre());
  EXPECT_THAT(ApiKeys::Parse(first + "shop " + kNothing).problems, ElementsAre(HasSubstr("line 2: ")));
}

struct Mistake {
  const char* name;
  std::string line;
  const char* part;
};

class Mistakes : public testing::TestWithParam<Mistake> {};

TEST_P(Mistakes, AreToldWithTheirLine) {
  const auto parsed = ApiKeys::Parse("ok " + std::string(kAbc) + "\n" + GetParam().line);
  EXPECT_THAT(parsed.problems,
              ElementsAre(testing::AllOf(testing::StartsWith("line 2: "), HasSubstr(GetParam().part))));
}

INSTANTIATE_TEST_SUITE_P(
    Rows, Mistakes,
    testing::Values(Mistake{"NoHash", "shop", "SHA-256"}, Mistake{"ShortHash", "shop abc", "SHA-256"},
                    Mistake{"NotHex", "shop " + std::string(64, 'g'), "SHA-256"},
                    Mistake{"LongHash", "shop " + std::string(65, 'a'), "SHA-256"},
                    Mistake{"Name", std::string("sh@p ") + kNothing, "cannot be a name"},
                    Mistake{"LongName", std::string(65, 'a') + " " + kNothing, "cannot be a name"},
                    Mistake{"AddressAsName", std::string("192.0.2.1 ") + kNothing, "cannot be a name"},
                    Mistake{"TakenName", std::string("anonymous ") + kNothing, "cannot be a name"},
                    Mistake{"SameKey", std::string("shop ") + kAbc, "same key as in line 1"},
                    Mistake{"UnknownSetting", std::string("shop ") + kNothing + " budget=5", "no setting"},
                    Mistake{"SettingTwice", std::string("shop ") + kNothing + " rate=5 rate=6", "twice"},
                    Mistake{"NegativeRate", std::string("shop ") + kNothing + " rate=-1", "rate"},
                    Mistake{"HugeRate", std::string("shop ") + kNothing + " rate=100001", "100000"},
                    Mistake{"EmptyRate", std::string("shop ") + kNothing + " rate=", "rate"},
                    Mistake{"Concurrency", std::string("shop ") + kNothing + " concurrency=x", "concurrency"},
                    Mistake{"EmptyModels", std::string("shop ") + kNothing + " models=", "models"},
                    Mistake{"EmptyModel", std::string("shop ") + kNothing + " models=a,,b", "models"},
                    Mistake{"BadModel", std::string("shop ") + kNothing + " models=A", "models"}),
    [](const auto& row) { return row.param.name; });

TEST(ApiKeysTest, EveryMistakeIsToldAndNoneShowsAKey) {
  const auto parsed = ApiKeys::Parse("shop flux_secret-canary\nlab x\n");
  EXPECT_EQ(parsed.problems.size(), 2u);
  EXPECT_THAT(parsed.problems[0], testing::Not(HasSubstr("canary")));
}

struct PatternCase {
  const char* pattern;
  const char* text;
  bool matches;
};

class Patterns : public testing::TestWithParam<PatternCase> {};

TEST_P(Patterns, StarStandsForAnything) {
  EXPECT_EQ(MatchesPattern(GetParam().pattern, GetParam().text), GetParam().matches)
      << GetParam().pattern << " " << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(Rows, Patterns,
                         testing::Values(PatternCase{"*", "", true}, PatternCase{"*", "a/b", true},
                                         PatternCase{"a*", "a", true}, PatternCase{"a*a", "a", false},
                                         PatternCase{"a*a", "aa", true}, PatternCase{"*b*b", "abcb", true},
                                         PatternCase{"*b*b", "abc", false}, PatternCase{"a**c", "abc", true},
                                         PatternCase{"*ab", "aab", true},
                                         PatternCase{"edit/*", "edit", false},
                                         PatternCase{"edit/*", "edit/", true}, PatternCase{"", "", true},
                                         PatternCase{"", "a", false}, PatternCase{"ab*ba", "aba", false}));

}  // namespace
}  // namespace flux::gateway
