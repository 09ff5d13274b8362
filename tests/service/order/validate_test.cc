// Each rule of a model at its edge, and what the caller is told.
#include "service/order/validate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "order_fixture.h"

namespace flux::service {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

MATCHER_P2(Refuses, field, message, "") {
  return ::testing::ExplainMatchResult(field, arg.field, result_listener) &&
         ::testing::ExplainMatchResult(HasSubstr(message), arg.message, result_listener);
}

TEST(Validate, SaysTheRange) {
  Order order = MinimalOrder(BuiltInRow("text-to-image/schnell"));
  order.num_inference_steps = 28;
  EXPECT_THAT(
      Validate(BuiltInRow("text-to-image/schnell"), order),
      ElementsAre(Violation{"num_inference_steps", "must be 1 to 12 for text-to-image/schnell, not 28"}));
  Order other = MinimalOrder(BuiltInRow("inpainting"));
  other.strength = 0;
  EXPECT_THAT(Validate(BuiltInRow("inpainting"), other),
              ElementsAre(Violation{"strength", "must be 0.01 to 1 for inpainting, not 0"}));
}

TEST(Validate, HoldsThePromptToItsLimits) {
  const ModelRow& row = BuiltInRow("text-to-image/dev");
  const auto with = [&](std::string_view prompt) {
    Order order;
    order.prompt = prompt;
    return Validate(row, order);
  };
  EXPECT_THAT(with(std::string(kMaxPromptBytes, 'x')), IsEmpty());
  EXPECT_THAT(with(std::string(kMaxPromptBytes + 1, 'x')), ElementsAre(Refuses("prompt", "32768 bytes")));
  EXPECT_THAT(with(" \t\r\n"), ElementsAre(Refuses("prompt", "blank")));
  EXPECT_THAT(with("köttur 🐈"), IsEmpty());
  EXPECT_THAT(with("cat\xff"), ElementsAre(Refuses("prompt", "UTF-8")));
  EXPECT_THAT(with("cut \xf0\x9f\x90"), ElementsAre(Refuses("prompt", "UTF-8")));
  EXPECT_THAT(with("surrogate \xed\xa0\x80"), ElementsAre(Refuses("prompt", "UTF-8")));
}

TEST(Validate, RefusesSizesThatAreNone) {
  const ModelRow& row = BuiltInRow("text-to-image/dev");
  v1::ImageSize size;
  Order order = MinimalOrder(row);
  order.image_size = &size;
  EXPECT_THAT(Validate(row, order), ElementsAre(Refuses("image_size", "a size name")));
  size.set_preset(v1::SIZE_PRESET_UNSPECIFIED);
  EXPECT_THAT(Validate(row, order), ElementsAre(Refuses("image_size", "one of square_hd")));
  size.set_preset(static_cast<v1::SizePreset>(99));
  EXPECT_THAT(Validate(row, order), ElementsAre(Refuses("image_size", "one of square_hd")));
  size.set_aspect_ratio("16x9");
  EXPECT_THAT(Validate(row, order), ElementsAre(Refuses("image_size", "between 1:4 and 4:1")));
  size.set_aspect_ratio("16:9");
  EXPECT_THAT(Validate(row, order), IsEmpty());
}

TEST(Validate, RefusesBadPicturesByTheirField) {
  const ModelRow& row = BuiltInRow("inpainting");
  v1::ImageInput none;
  v1::ImageInput bad;
  bad.set_data("not a picture");
  Order order = MinimalOrder(row);
  order.image = &none;
  order.mask = &bad;
  EXPECT_THAT(Validate(row, order), ElementsAre(Refuses("image", "must be a URL"), Refuses("mask", "PNG")));
}

TEST(Validate, BoundsTheDepthOfWhatIsFals) {
  const ModelRow& row = BuiltInRow("inpainting/general");
  const auto with = [&](int levels) {
    google::protobuf::Struct extra;
    google::protobuf::Value* value = &(*extra.mutable_fields())["controlnets"];
    value = value->mutable_list_value()->add_values();
    for (int i = 1; i < levels; ++i) value = &(*value->mutable_struct_value()->mutable_fields())["a"];
    value->set_number_value(1);
    Order order = MinimalOrder(row);
    order.extra = &extra;
    return Validate(row, order);
  };
  EXPECT_THAT(with(24), IsEmpty());
  EXPECT_THAT(with(25), ElementsAre(Refuses("controlnets", "deeper than 24 levels")));
}

TEST(Validate, RefusesATwofoldAnswerAboutTheChecker) {
  const ModelRow& row = BuiltInRow("text-to-image/dev");
  const auto with = [&](std::string_view tolerance, bool checker) {
    Order order = MinimalOrder(row);
    order.safety_tolerance = tolerance;
    order.enable_safety_checker = checker;
    return Validate(row, order);
  };
  EXPECT_THAT(with("6", false), IsEmpty());
  EXPECT_THAT(with("2", true), IsEmpty());
  EXPECT_THAT(with("6", true), ElementsAre(Refuses("enable_safety_checker", "off; set only one")));
  EXPECT_THAT(with("2", false), ElementsAre(Refuses("enable_safety_checker", "on; set only one")));
}

}  // namespace
}  // namespace flux::service
