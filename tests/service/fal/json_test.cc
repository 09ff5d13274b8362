#include "service/fal/json.h"

#include <gtest/gtest.h>

namespace flux::fal {
namespace {

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
