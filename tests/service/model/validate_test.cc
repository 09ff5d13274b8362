#include "service/model/validate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "order_fixture.h"

namespace flux::service {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

MATCHER_P2(Refuses, field, message, "") {
  return ::testing::ExplainMatchResult(field, arg.field, result_listener) &&
         ::testing::ExplainMatchResult(HasSubstr(message), arg.message, result_listener);
}

const ModelRow& Row(std::string_view name) {
  for (const ModelRow& row : TestCatalogue().rows()) {
    if (row.name == name) return row;
  }
  ADD_FAILURE() << "no model " << name;
  return TestCatalogue().rows().front();
}

// --- Every row against its own rules
// ---------------------------------------------------------------------------------

class EveryModel : public ::testing::TestWithParam<std::size_t> {
 protected:
  const ModelRow& row() const { return TestCatalogue().rows()[GetParam()]; }

  // Empty, or the one violation expected.
  void Expect(const Order& order, std::string_view field, std::string_view message = "") const {
    const auto violations = Validate(row(), order);
    if (field.empty()) {
      EXPECT_THAT(violations, IsEmpty()) << violations.front().field << " " << violations.front().message;
    } else {
      EXPECT_THAT(violations, ElementsAre(Refuses(std::string(field), std::string(message))));
    }
  }
};

void SetNumber(Order& order, Field field, double value) {
  switch (field) {
    case Field::kStrength:
      order.strength = value;
      break;
    case Field::kGuidanceScale:
      order.guidance_scale = value;
      break;
    case Field::kNumImages:
      order.num_images = static_cast<std::uint32_t>(value);
      break;
    case Field::kNumInferenceSteps:
      order.num_inference_steps = static_cast<std::uint32_t>(value);
      break;
    default:
      FAIL() << RowOf(field).name << " has no range";
  }
}

TEST_P(EveryModel, AcceptsTheMinimum) {
  Expect(MinimalOrder(row()), "");
}

TEST_P(EveryModel, AcceptsEverythingItTakesAtOnce) {
  Order order = MinimalOrder(row());
  for (const FieldRule& rule : row().rules) SetSomeValue(order, rule.field);
  Expect(order, "");
}

TEST_P(EveryModel, RefusesWhatItRequiresAndDoesNotGet) {
  for (const FieldRule& rule : row().rules) {
    if (!rule.required) continue;
    Order order = MinimalOrder(row());
    Clear(order, rule.field);
    Expect(order, RowOf(rule.field).name, "is required by " + row().name);
  }
}

TEST_P(EveryModel, AcceptsBothEdgesAndRefusesJustBeyond) {
  for (const FieldRule& rule : row().rules) {
    const FieldRow& field = RowOf(rule.field);
    if (rule.field == Field::kImageSize || !rule.minimum) continue;
    SCOPED_TRACE(field.name);
    const bool integer = field.type == v1::PARAMETER_TYPE_INTEGER;
    const double below = integer ? *rule.minimum - 1 : std::nextafter(*rule.minimum, -kInfinity);
    const double above = integer ? *rule.maximum + 1 : std::nextafter(*rule.maximum, kInfinity);
    Order order = MinimalOrder(row());
    SetNumber(order, rule.field, *rule.minimum);
    Expect(order, "");
    SetNumber(order, rule.field, *rule.maximum);
    Expect(order, "");
    SetNumber(order, rule.field, below);
    Expect(order, field.name, "must be ");
    SetNumber(order, rule.field, above);
    Expect(order, field.name, " for " + row().name);
  }
}

TEST_P(EveryModel, RefusesNumbersThatAreNone) {
  for (const Field field : {Field::kStrength, Field::kGuidanceScale}) {
    if (!FindRule(row(), field)) continue;
    for (const double value : {std::nan(""), kInfinity, -kInfinity}) {
      Order order = MinimalOrder(row());
      SetNumber(order, field, value);
      Expect(order, RowOf(field).name, "must be a finite number");
    }
  }
}

TEST_P(EveryModel, AcceptsEveryAllowedValueAndNoOther) {
  for (int value = 1; value < 100; ++value) {
    for (const Field field : {Field::kOutputFormat, Field::kAcceleration}) {
      const FieldRule* rule = FindRule(row(), field);
      if (!rule) continue;
      Order order = MinimalOrder(row());
      if (field == Field::kOutputFormat) order.output_format = static_cast<v1::OutputFormat>(value);
      if (field == Field::kAcceleration) order.acceleration = static_cast<v1::Acceleration>(value);
      const std::string text(std::get<std::string_view>(ValueOf(order, field)));
      const bool allowed = std::ranges::count(rule->allowed, text) > 0;
      Expect(order, allowed ? "" : RowOf(field).name, "must be one of \"");
    }
  }
}

TEST_P(EveryModel, RefusesByNameWhatItDoesNotTake) {
  for (const FieldRow& field : Fields()) {
    if (FindRule(row(), field.field)) continue;
    Order order = MinimalOrder(row());
    SetSomeValue(order, field.field);
    Expect(order, field.name, "is not taken by " + row().name + "; it takes: prompt, ");
  }
}

TEST_P(EveryModel, HoldsSidesToItsRange) {
  const FieldRule* rule = FindRule(row(), Field::kImageSize);
  if (!rule) return;  // RefusesByNameWhatItDoesNotTake
  const auto with = [&](std::uint32_t width, std::uint32_t height) {
    v1::ImageSize size;
    size.mutable_dimensions()->set_width(width);
    size.mutable_dimensions()->set_height(height);
    Order order = MinimalOrder(row());
    order.image_size = &size;
    return Validate(row(), order);
  };
  const auto smallest = static_cast<std::uint32_t>(*rule->minimum);
  const auto largest = static_cast<std::uint32_t>(*rule->maximum);
  EXPECT_THAT(with(smallest, largest), IsEmpty());
  EXPECT_THAT(with(largest, smallest), IsEmpty());
  EXPECT_THAT(with(smallest - 1, largest), ElementsAre(Refuses("image_size.width", "pixels")));
  EXPECT_THAT(with(largest, largest + 1), ElementsAre(Refuses("image_size.height", "pixels")));
  EXPECT_THAT(with(0, largest + 1),
              ElementsAre(Refuses("image_size.width", "not 0"), Refuses("image_size.height", "pixels")));
}

TEST_P(EveryModel, ReportsEverythingAtOnce) {
  Order order;
  order.prompt = " ";
  order.num_images = 5;
  order.num_inference_steps = 1000;
  order.guidance_scale = -1;
  const auto violations = Validate(row(), order);
  std::vector<std::string> fields;
  for (const Violation& violation : violations) fields.push_back(violation.field);
  std::vector<std::string> expected{"prompt"};
  if (FindRule(row(), Field::kImage)) expected.push_back("image");
  if (FindRule(row(), Field::kMask)) expected.push_back("mask");
  expected.insert(expected.end(), {"num_images", "num_inference_steps", "guidance_scale"});
  EXPECT_EQ(fields, expected);
}

TEST_P(EveryModel, ReadsTheToleranceItsWay) {
  const bool forwarded = row().tolerance == ToleranceStyle::kForwarded;
  for (const std::string_view value : {"1", "2", "3", "4", "5", "6"}) {
    Order order = MinimalOrder(row());
    order.safety_tolerance = value;
    Expect(order, "");
  }
  for (const std::string_view value : {"0", "7", "06", " 6", "sixteen bytes ok"}) {
    Order order = MinimalOrder(row());
    order.safety_tolerance = value;
    Expect(order, forwarded ? "safety_tolerance" : "", "must be one of \"1\", \"2\"");
  }
  Order order = MinimalOrder(row());
  order.safety_tolerance = "seventeen bytes !";
  Expect(order, "safety_tolerance", "at most 16 bytes");
}

INSTANTIATE_TEST_SUITE_P(Catalogue, EveryModel,
                         ::testing::Range<std::size_t>(0, TestCatalogue().rows().size()),
                         [](const auto& test) { return TestName(TestCatalogue().rows()[test.param].name); });

// --- What does not depend on the row
// ---------------------------------------------------------------------------------

TEST(Validate, SaysTheRange) {
  Order order = MinimalOrder(Row("text-to-image/schnell"));
  order.num_inference_steps = 28;
  EXPECT_THAT(
      Validate(Row("text-to-image/schnell"), order),
      ElementsAre(Violation{"num_inference_steps", "must be 1 to 12 for text-to-image/schnell, not 28"}));
  Order other = MinimalOrder(Row("inpainting"));
  other.strength = 0;
  EXPECT_THAT(Validate(Row("inpainting"), other),
              ElementsAre(Violation{"strength", "must be 0.01 to 1 for inpainting, not 0"}));
}

TEST(Validate, HoldsThePromptToItsLimits) {
  const ModelRow& row = Row("text-to-image/dev");
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
  const ModelRow& row = Row("text-to-image/dev");
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
  const ModelRow& row = Row("inpainting");
  v1::ImageInput none;
  v1::ImageInput bad;
  bad.set_data("not a picture");
  Order order = MinimalOrder(row);
  order.image = &none;
  order.mask = &bad;
  EXPECT_THAT(Validate(row, order), ElementsAre(Refuses("image", "must be a URL"), Refuses("mask", "PNG")));
}

TEST(Validate, RefusesATwofoldAnswerAboutTheChecker) {
  const ModelRow& row = Row("text-to-image/dev");
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
