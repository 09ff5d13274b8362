// How bodies become JSON, and which are refused: what is no JSON, too deep or too large.
#include "sim/apps/body.h"

#include <gtest/gtest.h>

namespace flux::sim {
namespace {

TEST(ParseJsonTest, ReadsEveryKindOfValue) {
  const char* text = R"({"a":[1,-2,3.5,true,false,null,"x",{}],"b":{"c":[[]]},"d":18446744073709551615})";
  const ParsedJson parsed = ParseJson(text);
  ASSERT_TRUE(parsed.value.has_value());
  EXPECT_EQ(*parsed.value, Given::parse(text));
  EXPECT_EQ(parsed.value->at("d").get<std::uint64_t>(), 18446744073709551615ULL);
}

TEST(ParseJsonTest, TheLastOfTwoEqualKeysWins) {
  EXPECT_EQ(ParseJson(R"({"a":1,"a":2})").value, Given({{"a", 2}}));
}

TEST(ParseJsonTest, DepthIsBounded) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(ParseJson(nested(kMostNesting)).value.has_value());
  EXPECT_FALSE(ParseJson(nested(kMostNesting + 1)).value.has_value());
  EXPECT_FALSE(ParseJson(nested(100'000)).value.has_value());
  EXPECT_FALSE(ParseJson(std::string(100'000, '[')).value.has_value());
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += R"({"a":)";
  EXPECT_FALSE(ParseJson(objects).value.has_value());
}

TEST(ParseJsonTest, TheNumberOfValuesIsBounded) {
  std::string many = "[0";
  for (std::size_t i = 0; i < kMostValues; ++i) many += ",0";
  EXPECT_FALSE(ParseJson(many + "]").value.has_value());
}

class NotJsonTest : public testing::TestWithParam<std::string_view> {};

TEST_P(NotJsonTest, IsOneProblemAtThePlace) {
  Problems problems(Dialect::kPydantic2);
  EXPECT_EQ(ReadBody("application/json", GetParam(), problems), std::nullopt);
  ASSERT_EQ(problems.items().size(), 1);
  EXPECT_EQ(problems.items()[0]["type"], "json_invalid");
  EXPECT_EQ(problems.items()[0]["loc"][0], "body");
  EXPECT_TRUE(problems.items()[0]["loc"][1].is_number());
}

using std::string_view_literals::operator""sv;
INSTANTIATE_TEST_SUITE_P(Texts, NotJsonTest,
                         testing::Values("{", R"({"prompt":"x")", R"({"prompt":NaN})",
                                         R"({"prompt":Infinity})", R"({"prompt":"\ud800"})", "\0"sv, "{}\0"sv,
                                         "\"\xff\"", "{'a':1}", R"({"a":1,})", R"({"seed":1e999})", "{} {}",
                                         "\xef\xbb", " "));

TEST(ReadBodyTest, EmptyIsMissing) {
  Problems problems(Dialect::kPydantic2);
  EXPECT_EQ(ReadBody("application/json", "", problems), std::nullopt);
  EXPECT_EQ(problems.items()[0]["type"], "missing");
}

TEST(ReadBodyTest, TheLabelDecidesWhetherItIsJson) {
  for (const char* type :
       {"", "application/json", "APPLICATION/JSON; charset=utf-8", "application/ld+json"}) {
    Problems problems(Dialect::kPydantic2);
    EXPECT_TRUE(ReadBody(type, "{}", problems).has_value()) << type;
  }
  for (const char* type : {"text/plain", "image/png", "multipart/form-data; boundary=x", "json"}) {
    Problems problems(Dialect::kPydantic2);
    EXPECT_FALSE(ReadBody(type, "{}", problems).has_value()) << type;
    EXPECT_EQ(problems.items()[0]["type"], "model_attributes_type");
  }
}

}  // namespace
}  // namespace flux::sim
