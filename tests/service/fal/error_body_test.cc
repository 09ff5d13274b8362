// fal's error bodies cut to size, the caller's own input first.
#include "service/fal/error_body.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace flux::fal {
namespace {

using Json = nlohmann::json;

Json Item(std::string input) {
  return {{"type", "missing"},
          {"loc", {"body", "prompt", 0}},
          {"msg", "Field required"},
          {"input", std::move(input)}};
}

TEST(BoundedErrorBody, KeepsWhatFits) {
  const Json body = {{"detail", {Item("x")}}, {"other", "kept"}};
  EXPECT_EQ(Json::parse(BoundedErrorBody(body)), body);
  const Json largest = std::string(kMaxErrorBodyBytes - 2, 'x');
  EXPECT_EQ(BoundedErrorBody(largest), largest.dump());
}

TEST(BoundedErrorBody, DropsTheCallersInputFirst) {
  Json body = {{"detail", {Item(std::string(kMaxErrorBodyBytes, 'x'))}}, {"other", "kept"}};
  const Json kept = Json::parse(BoundedErrorBody(body));
  body["detail"][0].erase("input");
  EXPECT_EQ(kept, body);
}

TEST(BoundedErrorBody, ThenKeepsAsManyItemsAsFit) {
  Json body = {{"detail", Json::array()}, {"other", "dropped"}};
  for (int i = 0; i < 200; ++i) {
    Json item = Item("x");
    item["ctx"] = {{"limit_value", i}};
    body["detail"].push_back(item);
  }
  const std::string text = BoundedErrorBody(body);
  EXPECT_LE(text.size(), kMaxErrorBodyBytes);
  EXPECT_GT(text.size(), kMaxErrorBodyBytes - 200);
  const Json kept = Json::parse(text);
  EXPECT_FALSE(kept.contains("other"));
  const Json expected = {{"type", "missing"}, {"loc", {"body", "prompt", 0}}, {"msg", "Field required"}};
  for (const Json& item : kept["detail"]) EXPECT_EQ(item, expected);
}

TEST(BoundedErrorBody, FitsWhateverComes) {
  const std::string control(10'000, '\x01');  // six bytes each as JSON
  const Json item = {{"type", control},
                     {"loc", {control, control, control, control, control, control, 1, 2.5}},
                     {"msg", control}};
  const Json bodies[] = {
      control,
      Json::array({control}),
      {{"detail", control}, {"error_type", control}, {"type", control}},
      {{"detail", item}, {"error_type", control}, {"type", control}},
      {{"detail", {item, item}}, {"error_type", control}, {"type", control}},
      {{"detail", {{{"type", 1}, {"loc", "x"}, {"msg", {}}, {"big", control}}}}},
      {{"detail", {control, 1, nullptr}}},
      {{"message", control}},
  };
  for (const Json& body : bodies) {
    const std::string text = BoundedErrorBody(body);
    EXPECT_LE(text.size(), kMaxErrorBodyBytes);
    EXPECT_TRUE(Json::accept(text)) << text;
  }
  EXPECT_EQ(Json::parse(BoundedErrorBody(bodies[4]))["detail"].size(), 1u);
}

}  // namespace
}  // namespace flux::fal
