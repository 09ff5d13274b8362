#include "service/fal/json.h"

#include <gtest/gtest.h>

#include <string>

namespace flux::fal {
namespace {

std::string Nested(int levels) {
  return std::string(levels, '[') + std::string(levels, ']');
}

TEST(ParseJson, StopsAtTheDepthLimit) {
  EXPECT_TRUE(ParseJson(Nested(kMaxJsonDepth)));
  EXPECT_FALSE(ParseJson(Nested(kMaxJsonDepth + 1)));
  EXPECT_FALSE(ParseJson(Nested(100'000)));
  EXPECT_FALSE(ParseJson(std::string(1'000'000, '[')));
}

TEST(ParseJson, RefusesWhatIsNoJson) {
  for (const char* text :
       {"", " ", "{", "nul", "{'a':1}", "[1,]", "\"\xff\"", "\"\\ud800\"", "1e999", "{}{}"}) {
    EXPECT_FALSE(ParseJson(text)) << text;
  }
}

TEST(ParseJson, ReadsValues) {
  EXPECT_EQ(ParseJson("null"), nlohmann::json(nullptr));
  EXPECT_EQ(ParseJson(R"( {"a":[1,2]} )"), nlohmann::json::parse(R"({"a":[1,2]})"));
  EXPECT_EQ(ParseJson("18446744073709551615")->get<std::uint64_t>(), 18446744073709551615u);
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
}  // namespace flux::fal
