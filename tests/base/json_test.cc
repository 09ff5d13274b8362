// JSON as callers may send it: what is read, what is refused, and what is never built.
#include "base/json.h"

#include <gtest/gtest.h>

namespace flux {
namespace {

struct Refused {
  const char* name;
  std::string text;
  const char* message;
};

class ParseJsonRefuses : public testing::TestWithParam<Refused> {};

TEST_P(ParseJsonRefuses, WithItsPlace) {
  const Result<nlohmann::json> json = ParseJson(GetParam().text);
  ASSERT_FALSE(json);
  EXPECT_EQ(json.error().reason, Reason::kInvalidJson);
  EXPECT_EQ(json.error().message, GetParam().message);
}

std::string Nested(int levels) {
  return std::string(static_cast<std::size_t>(levels), '[');
}

INSTANTIATE_TEST_SUITE_P(
    Hostile, ParseJsonRefuses,
    testing::Values(
        Refused{"Empty", "", "the text is empty"}, Refused{"White", " \n ", "the text is empty"},
        Refused{"Truncated", R"({"prompt":"x)", "syntax error at byte 13"},
        Refused{"NotANumber", R"({"a":NaN})", "syntax error at byte 6"},
        Refused{"HugeNumber", R"({"a":1e999})", "a number is out of range"},
        Refused{"LoneHighSurrogate", R"(["\ud800"])",
                "half of a surrogate pair (\\uD800 to \\uDFFF) at byte 9"},
        Refused{"LoneLowSurrogate", R"(["\udc00"])",
                "half of a surrogate pair (\\uD800 to \\uDFFF) at byte 8"},
        Refused{"InvalidUtf8", "[\"\xc3\x28\"]",
                "bytes that are not UTF-8 at byte 4; encode the text as UTF-8"},
        Refused{"RawNul", std::string("[\"\0\"]", 5), "a NUL byte at byte 3; JSON has none"},
        Refused{"NulFirst", std::string("\0[]", 3), "a NUL byte at byte 1; JSON has none"},
        Refused{"NulAfterTheText", std::string("[]\0", 3), "a NUL byte at byte 3; JSON has none"},
        Refused{"NulAndAnotherText", std::string("[]\0[1]", 6), "a NUL byte at byte 3; JSON has none"},
        Refused{"NulInWhiteSpace", std::string(" \0 []", 5), "a NUL byte at byte 2; JSON has none"},
        Refused{"Utf16", std::string("{\0}\0", 4), "the text is UTF-16 instead of UTF-8, not JSON"},
        Refused{"Utf16BigEnd", std::string("\0{\0}", 4), "the text is UTF-16 instead of UTF-8, not JSON"},
        Refused{"NulBeforeTheText", std::string("\0{}", 3), "a NUL byte at byte 1; JSON has none"},
        Refused{"NulInTheText", std::string("{\0}", 3), "a NUL byte at byte 2; JSON has none"},
        Refused{"Gzip", "\x1f\x8b\x08", "the text is compressed with gzip, not JSON"},
        Refused{"Zlib", "\x78\x9c\x01", "the text is compressed with deflate, not JSON"},
        Refused{"Form", "prompt=a+fox&seed=1", "the text is a form (name=value), not JSON"},
        Refused{"Multipart", "--x\r\nContent-Disposition", "the text is a multipart form, not JSON"},
        Refused{"Html", "<html>", "the text is markup (HTML or XML), not JSON"},
        Refused{"Picture", "\x89PNG\r\n", "the text is a picture, not JSON"},
        Refused{"Comment", "[/*x*/1]", "syntax error at byte 2"},
        Refused{"TwoTexts", "{}{}", "syntax error at byte 3"},
        Refused{"OneLevelTooDeep", Nested(65), "nested deeper than 64 levels"},
        Refused{"HundredThousandLevels", Nested(100'000), "nested deeper than 64 levels"}),
    [](const auto& row) { return row.param.name; });

TEST(ParseJsonTest, DeepestNestingAllowed) {
  EXPECT_TRUE(ParseJson(Nested(64) + std::string(64, ']')));
}

std::string List(std::size_t values) {
  std::string text = "[0";
  for (std::size_t i = 1; i < values; ++i) text += ",0";
  return text + "]";
}

TEST(ParseJsonTest, ManyValuesAreNotBuilt) {
  EXPECT_TRUE(ParseJson(List(kMaxJsonValues - 1)));  // and the list itself
  const Result<nlohmann::json> json = ParseJson(List(kMaxJsonValues));
  ASSERT_FALSE(json);
  EXPECT_EQ(json.error().message, "more than 100000 values");
}

TEST(ParseJsonTest, CommasInStringsAreNotValues) {
  EXPECT_TRUE(ParseJson("[\"" + std::string(200'000, ',') + "\"]"));
  EXPECT_TRUE(ParseJson(R"(["\\", "\\\"[", "\"", ""])"));
}

TEST(ParseJsonTest, BracketsInStringsAreNotNesting) {
  EXPECT_TRUE(ParseJson("[\"" + Nested(1000) + "\\\"" + Nested(1000) + "\"]"));
}

TEST(ParseJsonTest, KeepsUnsigned64) {
  EXPECT_EQ(ParseJson("18446744073709551615").value().get<std::uint64_t>(), 18446744073709551615ULL);
}

TEST(ParseJsonTest, LastOfRepeatedKeysCounts) {
  EXPECT_EQ(ParseJson(R"({"a":1,"a":2})").value()["a"], 2);
}

TEST(QuoteJsonTest, EscapesAndReplaces) {
  EXPECT_EQ(QuoteJson("a\"b\\c\n"), R"("a\"b\\c\n")");
  EXPECT_EQ(QuoteJson("\xff"), "\"\xEF\xBF\xBD\"");
}

// What pictures are to the parser.
std::string Long(char filling) {
  return "data:image/png;base64," + std::string(70'000, filling);
}

TEST(ParseLargeJson, ReadsTheSameAsTheParser) {
  const std::string texts[] = {
      R"({"image_url":")" + Long('a') + R"(","prompt":"x","list":["y",")" + Long('b') + R"(",3]})",
      R"([")" + Long('a') + R"(",")" + Long('a') + "\"]",
      R"({"a":")" + Long('a') + R"(","a":")" + Long('b') + R"(","a":[]})",
      R"({")" + Long('n') + R"(":")" + Long('v') + "\"}",                          // a name as well
      R"({"a" : ")" + Long('a') + R"(\u0041","b":")" + Long('b') + "\xc3\xa9\"}",  // not plain
      R"({"a":"\"","b":")" + Long('a') + R"(","c":"\\","d":"long text 0 "})",
      "\"" + Long('a') + "\"",
      R"({"a":"short"})",
  };
  for (const std::string& text : texts) {
    const Result<nlohmann::json> json = ParseLargeJson(text);
    ASSERT_TRUE(json.has_value()) << json.error().message;
    EXPECT_EQ(*json, nlohmann::json::parse(text)) << text.substr(0, 40);
  }
}

TEST(ParseLargeJson, SaysWhereInTheWholeTextItWentWrong) {
  const std::string texts[] = {R"({"a":")" + Long('a') + R"(","b":x})", R"({"a":")" + Long('a'),
                               R"({"a":")" + Long('a') + "\n\"}", R"({"a" ")" + Long('a') + "\"}",
                               R"({"a":")" + Long('a') + "\"}\""};
  for (const std::string& text : texts) {
    const Result<nlohmann::json> json = ParseLargeJson(text);
    ASSERT_FALSE(json.has_value());
    EXPECT_EQ(json.error().message, ParseJson(text).error().message);
  }
}

TEST(ParseLargeJson, BoundsWhatStandsBesideLongTexts) {
  EXPECT_FALSE(ParseLargeJson("[\"" + Long('a') + "\"," + Nested(64) + std::string(64, ']') + "]"));
}

TEST(Member, IsNullWhereThereIsNone) {
  const auto object = nlohmann::json::parse(R"({"a":null})");
  ASSERT_NE(Member(object, "a"), nullptr);
  EXPECT_TRUE(Member(object, "a")->is_null());
  EXPECT_EQ(Member(object, "b"), nullptr);
  EXPECT_EQ(Member(nlohmann::json::array(), "a"), nullptr);
  EXPECT_EQ(Member(nlohmann::json("a"), "a"), nullptr);
}

}  // namespace
}  // namespace flux
