// Every row of the catalogue against its own rules: what it says must be what validation keeps and what fal
// gets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "service/catalogue/catalogue_check.h"
#include "service/catalogue/limits.h"
#include "service/catalogue/size.h"
#include "service/order/validate.h"
#include "service/order/value.h"
#include "tests/service/order/order_fixture.h"

namespace flux::service {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

MATCHER_P2(Refuses, field, message, "") {
  return ::testing::ExplainMatchResult(field, arg.field, result_listener) &&
         ::testing::ExplainMatchResult(HasSubstr(message), arg.message, result_listener);
}

class EveryRow : public ::testing::TestWithParam<std::size_t> {
 protected:
  const ModelRow& row() const { return TestCatalogue().rows()[GetParam()]; }

  // The rules whose values have this type.
  std::vector<FieldRule> RulesOf(std::initializer_list<v1::ParameterType> types) const {
    std::vector<FieldRule> rules;
    for (const FieldRule& rule : row().rules) {
      if (std::ranges::count(types, TypeOf(rule)) > 0) rules.push_back(rule);
    }
    return rules;
  }

  // Empty, or the one violation expected.
  void Expect(const Order& order, std::string_view field, std::string_view message = "") const {
    const auto violations = Validate(row(), order);
    if (field.empty()) {
      EXPECT_THAT(violations, IsEmpty()) << violations.front().field << " " << violations.front().message;
    } else {
      EXPECT_THAT(violations, ElementsAre(Refuses(std::string(field), std::string(message))));
    }
  }

  // A minimal order with one extra, which `value` is set to.
  void ExpectExtra(const FieldRule& rule, const google::protobuf::Value& value, bool accepted) const {
    google::protobuf::Struct extra = SomeExtras(row(), false);
    (*extra.mutable_fields())[rule.fal_name] = value;
    Order order = MinimalOrder(row());
    order.extra = &extra;
    Expect(order, accepted ? "" : rule.fal_name, value.has_null_value() ? "is required" : "must ");
    if (accepted) {
      EXPECT_EQ(Sent(row(), order).contains(rule.fal_name), !value.has_null_value()) << rule.fal_name;
    }
  }

  // The minimal order with this number.
  void ExpectNumber(const FieldRule& rule, double value, bool accepted) const {
    if (rule.field == Field::kExtra) {
      google::protobuf::Value number;
      number.set_number_value(value);
      return ExpectExtra(rule, number, accepted);
    }
    Order order = MinimalOrder(row());
    switch (rule.field) {
      case Field::kStrength:
        order.strength = value;
        break;
      case Field::kGuidanceScale:
        order.guidance_scale = value;
        break;
      case Field::kImagePromptStrength:
        order.image_prompt_strength = value;
        break;
      case Field::kNumImages:
        order.num_images = static_cast<std::uint32_t>(value);
        order.split_images = true;
        break;
      case Field::kNumInferenceSteps:
        order.num_inference_steps = static_cast<std::uint32_t>(value);
        break;
      default:
        FAIL() << NameOf(rule) << " has no range";
    }
    Expect(order, accepted ? "" : NameOf(rule), "must be ");
    if (accepted && !rule.fal_name.empty()) {
      EXPECT_EQ(Sent(row(), order).value(rule.fal_name, kInfinity), value) << rule.fal_name;
    }
  }
};

TEST_P(EveryRow, IsSound) {
  for (const RowProblem& problem : RowProblems(row())) {
    ADD_FAILURE() << problem.parameter << "." << problem.member << " " << problem.message;
  }
}

TEST_P(EveryRow, AcceptsTheMinimumAndSendsNothingElse) {
  const Order order = MinimalOrder(row());
  Expect(order, "");
  std::vector<std::string> names;
  const nlohmann::json sent = Sent(row(), order);
  for (const auto& [name, value] : sent.items()) names.push_back(name);
  std::vector<std::string> required;
  for (const FieldRule& rule : row().rules) {
    if (rule.required) required.push_back(rule.fal_name);
  }
  EXPECT_THAT(names, ::testing::UnorderedElementsAreArray(required));
}

TEST_P(EveryRow, AcceptsAndSendsEverythingItTakesAtOnce) {
  const Order order = FullOrder(row());
  Expect(order, "");
  const nlohmann::json sent = Sent(row(), order);
  for (const FieldRule& rule : row().rules) {
    if (rule.fal_name.empty()) continue;
    EXPECT_TRUE(sent.contains(rule.fal_name)) << rule.fal_name;
  }
  EXPECT_FALSE(sent.contains("split_images"));
  EXPECT_FALSE(sent.contains("fetch_images"));
  EXPECT_EQ(sent.contains("num_images"), MaxImages(row()) > 1);
}

TEST_P(EveryRow, RefusesWhatItRequiresAndDoesNotGet) {
  for (const FieldRule& rule : row().rules) {
    if (!rule.required) continue;
    Order order = MinimalOrder(row());
    google::protobuf::Struct others = SomeExtras(row(), false);
    others.mutable_fields()->erase(rule.fal_name);
    if (rule.field == Field::kExtra && !others.fields().empty()) {
      order.extra = &others;
    } else {
      Clear(order, rule);
    }
    Expect(order, NameOf(rule), "is required by " + row().name);
  }
}

TEST_P(EveryRow, AcceptsBothEdgesOfNumbersAndRefusesJustBeyond) {
  for (const FieldRule& rule : RulesOf({v1::PARAMETER_TYPE_INTEGER, v1::PARAMETER_TYPE_NUMBER})) {
    SCOPED_TRACE(NameOf(rule));
    const bool integer = TypeOf(rule) == v1::PARAMETER_TYPE_INTEGER;
    if (rule.minimum) {
      ExpectNumber(rule, *rule.minimum, true);
      ExpectNumber(rule, integer ? *rule.minimum - 1 : std::nextafter(*rule.minimum, -kInfinity), false);
    }
    if (rule.maximum) {
      ExpectNumber(rule, *rule.maximum, true);
      ExpectNumber(rule, integer ? *rule.maximum + 1 : std::nextafter(*rule.maximum, kInfinity), false);
    }
  }
}

TEST_P(EveryRow, TakesSeedsOf64BitsExactly) {
  if (FindRule(row(), Field::kSeed) == nullptr) return;  // RefusesByNameWhatItDoesNotTake
  for (const std::uint64_t seed : {std::uint64_t{0}, std::numeric_limits<std::uint64_t>::max()}) {
    Order order = MinimalOrder(row());
    order.seed = seed;
    Expect(order, "");
    EXPECT_EQ(Sent(row(), order).at("seed"), seed);
  }
}

TEST_P(EveryRow, RefusesNumbersThatAreNone) {
  for (const FieldRule& rule : RulesOf({v1::PARAMETER_TYPE_NUMBER})) {
    for (const double value : {std::nan(""), kInfinity, -kInfinity}) ExpectNumber(rule, value, false);
  }
}

TEST_P(EveryRow, AcceptsEveryAllowedValueAndNoOther) {
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
      if (allowed) {
        EXPECT_EQ(Sent(row(), order).at(rule->fal_name), text);
      }
    }
  }
}

TEST_P(EveryRow, SendsSwitchesBothWays) {
  for (const FieldRule& rule : RulesOf({v1::PARAMETER_TYPE_BOOLEAN})) {
    if (rule.fal_name.empty() || rule.field == Field::kExtra) continue;
    for (const bool value : {true, false}) {
      Order order = MinimalOrder(row());
      SetSomeValue(order, rule);
      for (auto* member :
           {&order.enable_safety_checker, &order.sync_mode, &order.raw, &order.enhance_prompt}) {
        if (*member) *member = value;
      }
      Expect(order, "");
      EXPECT_EQ(Sent(row(), order).at(rule.fal_name), value) << rule.fal_name;
    }
  }
}

TEST_P(EveryRow, HoldsExtrasToTheirTypes) {
  std::vector<google::protobuf::Value> values(8);
  values[0].set_null_value({});
  values[1].set_bool_value(true);
  values[2].set_number_value(0.5);
  values[3].set_string_value("\x01 no choice and no URL");
  values[4].mutable_struct_value();
  values[5].mutable_list_value()->add_values()->mutable_struct_value();
  values[6].mutable_list_value()->add_values()->set_number_value(1);
  // values[7] is of no kind at all.
  for (const FieldRule& rule : row().rules) {
    if (rule.field != Field::kExtra) continue;
    SCOPED_TRACE(rule.fal_name);
    ExpectExtra(rule, SomeExtra(rule), true);
    for (const google::protobuf::Value& value : values) {
      const bool same =
          (value.has_null_value() && !rule.required) ||  // not set
          (rule.type == v1::PARAMETER_TYPE_BOOLEAN && value.has_bool_value()) ||
          (rule.type == v1::PARAMETER_TYPE_NUMBER && value.has_number_value() &&
           InRange(rule, value.number_value())) ||
          (rule.type == v1::PARAMETER_TYPE_STRING && rule.allowed.empty() && value.has_string_value()) ||
          (rule.type == v1::PARAMETER_TYPE_OBJECT && value.has_struct_value()) ||
          (rule.type == v1::PARAMETER_TYPE_OBJECTS && &value == &values[5]);
      ExpectExtra(rule, value, same);
    }
  }
}

TEST_P(EveryRow, RefusesByNameWhatItDoesNotTake) {
  for (const FieldRow& field : Fields()) {
    if (field.field == Field::kExtra || FindRule(row(), field.field)) continue;
    Order order = MinimalOrder(row());
    SetSomeValue(order, field.field);
    Expect(order, field.name,
           "is not taken by " + row().name + "; it takes: " + std::string(NameOf(row().rules[0])));
  }
  google::protobuf::Struct extra = SomeExtras(row(), false);
  (*extra.mutable_fields())["colour"].set_string_value("red");
  Order order = MinimalOrder(row());
  order.extra = &extra;
  Expect(order, "colour", "is not taken by " + row().name);
  (*extra.mutable_fields())["colour"].Clear();
  extra.mutable_fields()->erase("colour");
  (*extra.mutable_fields())["seed"].set_number_value(1);
  Expect(order, "seed", "set it outside of extra");
}

TEST_P(EveryRow, TakesAsManyPicturesAsItSays) {
  const FieldRule* rule = FindRule(row(), Field::kImages);
  if (!rule) return;  // RefusesByNameWhatItDoesNotTake
  const int most = static_cast<int>(*rule->maximum);
  for (int count = 1; count <= most; ++count) {
    Order order = MinimalOrder(row());
    order.images = &SomeImages(count);
    Expect(order, "");
    const nlohmann::json sent = Sent(row(), order).at(rule->fal_name);
    EXPECT_EQ(sent.is_array(), rule->list);
    EXPECT_EQ(sent.size(), static_cast<std::size_t>(count));
  }
  Order order = MinimalOrder(row());
  order.images = &SomeImages(most + 1);
  Expect(order, "images", most == 1 ? "must be one picture for " : "must be 1 to ");
  ImageList bad = SomeImages(most);
  bad.Mutable(most - 1)->set_url("ftp://example.com/cat.png");
  order.images = &bad;
  Expect(order, "images[" + std::to_string(most - 1) + "]", "must be an absolute http or https URL");
}

TEST_P(EveryRow, TakesAsManyLorasAsItSays) {
  const FieldRule* rule = FindRule(row(), Field::kLoras);
  if (!rule) return;
  Order order = MinimalOrder(row());
  order.loras = &SomeLoras(static_cast<int>(*rule->maximum));
  Expect(order, "");
  EXPECT_EQ(Sent(row(), order).at("loras").size(), static_cast<std::size_t>(*rule->maximum));
  order.loras = &SomeLoras(static_cast<int>(*rule->maximum) + 1);
  Expect(order, "loras", "must be 1 to " + std::to_string(static_cast<int>(*rule->maximum)) + " LoRAs");
}

TEST_P(EveryRow, MakesOnePictureAtATimeOrSeveral) {
  Order order = MinimalOrder(row());
  order.num_images = 1;
  Expect(order, "");
  order.num_images = 3;
  if (MaxImages(row()) > 1) {
    Expect(order, "");
    EXPECT_EQ(Sent(row(), order).at("num_images"), 3);
  } else {
    Expect(order, "num_images", "makes one picture at a time; set split_images to make 3 purchases");
    order.split_images = true;
    Expect(order, "");
    EXPECT_FALSE(Sent(row(), order).contains("num_images"));
  }
}

TEST_P(EveryRow, ReportsEverythingAtOnce) {
  google::protobuf::Struct extra;
  (*extra.mutable_fields())["colour"].set_string_value("red");
  Order order;
  order.prompt = " ";
  order.num_images = 11;
  order.num_inference_steps = 1000;
  order.guidance_scale = -1;
  order.extra = &extra;
  const auto violations = Validate(row(), order);
  std::vector<std::string> fields;
  for (const Violation& violation : violations) fields.push_back(violation.field);
  std::vector<std::string> expected{"prompt"};
  for (const char* name : {"image", "mask", "images"}) {
    if (FindRule(row(), FindField(name)->field)) expected.emplace_back(name);
  }
  expected.insert(expected.end(), {"num_images", "num_inference_steps", "guidance_scale"});
  for (const FieldRule& rule : row().rules) {
    if (rule.field == Field::kExtra && rule.required) expected.push_back(rule.fal_name);
  }
  expected.emplace_back("colour");
  EXPECT_EQ(fields, expected);
}

TEST_P(EveryRow, ReadsTheToleranceItsWay) {
  const FieldRule* rule = FindRule(row(), Field::kSafetyTolerance);
  if (rule == nullptr) {  // RefusesByNameWhatItDoesNotTake
    EXPECT_THAT(row().name, ::testing::AnyOf("image-to-image/pro-vto", "inpainting/pro-erase"))
        << "every other FLUX model has a tolerance or a checker";
    return;
  }
  if (row().tolerance == ToleranceStyle::kNumber) return;  // ReadsTheToleranceAsANumber
  const bool forwarded = row().tolerance == ToleranceStyle::kForwarded;
  for (const std::string_view value :
       {"1", "2", "3", "4", "5", "6", "0", "7", "06", " 6", "sixteen bytes ok"}) {
    const std::string_view read = value == " 6" ? "6" : value;  // white space at its ends does not count
    const bool accepted = !forwarded || std::ranges::count(rule->allowed, read) > 0;
    Order order = MinimalOrder(row());
    order.safety_tolerance = value;
    Expect(order, accepted ? "" : "safety_tolerance", "must be one of \"1\", \"2\"");
    if (!accepted) continue;
    const nlohmann::json sent = Sent(row(), order);
    EXPECT_EQ(sent.value("safety_tolerance", ""), forwarded ? read : "");
    EXPECT_EQ(sent.value("enable_safety_checker", true), forwarded || value != "6");
  }
  Order order = MinimalOrder(row());
  order.safety_tolerance = "seventeen bytes !";
  Expect(order, "safety_tolerance", "at most 16 bytes");
}

TEST_P(EveryRow, ReadsTheToleranceAsANumber) {
  if (row().tolerance != ToleranceStyle::kNumber) return;
  for (const auto& [value, sent] : {std::pair<std::string_view, int>{"0", 0}, {"4", 4}, {" 2.0", 2}}) {
    Order order = MinimalOrder(row());
    order.safety_tolerance = value;
    Expect(order, "");
    EXPECT_EQ(Sent(row(), order).at("safety_tolerance"), sent);
  }
  for (const std::string_view value : {"5", "-1", "6", "1.5", "two", "02"}) {
    Order order = MinimalOrder(row());
    order.safety_tolerance = value;
    Expect(order, "safety_tolerance", "must be one of \"0\", \"1\"");
  }
}

TEST_P(EveryRow, TakesItsClassesOfPixelsAndNoOther) {
  const FieldRule* rule = FindRule(row(), Field::kResolution);
  if (rule == nullptr) return;  // RefusesByNameWhatItDoesNotTake
  for (const std::string& value : rule->allowed) {
    Order order = MinimalOrder(row());
    order.resolution = value;
    Expect(order, "");
    EXPECT_EQ(Sent(row(), order).at("resolution"), value);
  }
  for (const std::string_view value : {"8k", "1K", "1024x1024", " 1k"}) {
    Order order = MinimalOrder(row());
    order.resolution = value;
    Expect(order, "resolution", "must be one of \"");
  }
}

// --- Sizes
// -----------------------------------------------------------------------------------------------------------

class EverySize : public EveryRow {
 protected:
  const FieldRule* rule() const { return FindRule(row(), Field::kImageSize); }

  void Accept(const v1::ImageSize& size, const nlohmann::json& sent) const {
    Order order = MinimalOrder(row());
    order.image_size = &size;
    Expect(order, "");
    EXPECT_EQ(Sent(row(), order).value(rule()->fal_name, nlohmann::json()), sent) << size.ShortDebugString();
  }

  void Refuse(const v1::ImageSize& size, std::string_view message) const {
    Order order = MinimalOrder(row());
    order.image_size = &size;
    Expect(order, "image_size", message);
  }
};

v1::ImageSize Preset(int preset) {
  v1::ImageSize size;
  size.set_preset(static_cast<v1::SizePreset>(preset));
  return size;
}

v1::ImageSize Ratio(const std::string& ratio) {
  v1::ImageSize size;
  size.set_aspect_ratio(ratio);
  return size;
}

v1::ImageSize Exact(std::uint32_t width, std::uint32_t height) {
  v1::ImageSize size;
  size.mutable_dimensions()->set_width(width);
  size.mutable_dimensions()->set_height(height);
  return size;
}

constexpr const char* kPresetNames[] = {"square_hd",     "square",        "portrait_4_3",
                                        "portrait_16_9", "landscape_4_3", "landscape_16_9"};
constexpr const char* kPresetRatios[] = {"1:1", "1:1", "3:4", "9:16", "4:3", "16:9"};

TEST_P(EverySize, IsSentAsTheModelTakesIt) {
  if (!rule()) return;  // RefusesByNameWhatItDoesNotTake
  const bool pixels = row().size == SizeStyle::kPixels;
  const auto takes = [this](const char* text) {
    return rule()->allowed.empty() || std::ranges::count(rule()->allowed, text) > 0;
  };
  for (int i = 0; i < 6; ++i) {
    const char* ratio = kPresetRatios[i];
    if (pixels) {
      Accept(Preset(i + 1), kPresetNames[i]);
    } else if (takes(ratio)) {
      Accept(Preset(i + 1), ratio);
    } else {
      Refuse(Preset(i + 1), "must be a ratio that " + row().name + " takes: ");
    }
  }
  for (const char* ratio :
       {"21:9", "16:9", "4:3", "3:2", "5:4", "1:1", "4:5", "2:3", "3:4", "9:16", "9:21", "7:5"}) {
    const FalSize size = SizeOfRatio(*ParseAspectRatio(ratio));
    if (!pixels && takes(ratio)) {
      Accept(Ratio(ratio), ratio);
    } else if (!pixels) {
      Refuse(Ratio(ratio), "must be a ratio that " + row().name + " takes: " + rule()->allowed.front());
    } else if (size.preset.empty()) {
      Accept(Ratio(ratio), {{"width", size.width}, {"height", size.height}});
    } else {
      Accept(Ratio(ratio), size.preset);
    }
  }
}

TEST_P(EverySize, IsLeftToTheModelOnlyWhereThatIsListed) {
  if (!rule()) return;
  for (const auto& [preset, word] :
       {std::pair{v1::SIZE_PRESET_AUTO, "auto"}, std::pair{v1::SIZE_PRESET_MATCH_INPUT, "match_input"}}) {
    if (std::ranges::count(rule()->allowed, word) > 0) {
      Accept(Preset(preset), word);
    } else {
      Refuse(Preset(preset), "must be ");
    }
  }
  Refuse(Preset(99), "must be ");
}

TEST_P(EverySize, IsHeldToItsSides) {
  if (!rule()) return;
  if (IsRatio(row().size)) {
    Refuse(Exact(1024, 768), "must not be an exact size, which " + row().name + " cannot keep; it takes ");
    return;
  }
  const auto smallest = static_cast<std::uint32_t>(*rule()->minimum);
  const auto largest = static_cast<std::uint32_t>(*rule()->maximum);
  Accept(Exact(smallest, largest), {{"width", smallest}, {"height", largest}});
  Accept(Exact(largest, smallest), {{"width", largest}, {"height", smallest}});
  const auto with = [&](std::uint32_t width, std::uint32_t height) {
    const v1::ImageSize size = Exact(width, height);
    Order order = MinimalOrder(row());
    order.image_size = &size;
    return Validate(row(), order);
  };
  EXPECT_THAT(with(smallest - 1, largest), ElementsAre(Refuses("image_size.width", "pixels")));
  EXPECT_THAT(with(largest, largest + 1), ElementsAre(Refuses("image_size.height", "pixels")));
  EXPECT_THAT(with(0, largest + 1),
              ElementsAre(Refuses("image_size.width", "not 0"), Refuses("image_size.height", "pixels")));
}

const auto kRowName = [](const auto& test) { return TestName(TestCatalogue().rows()[test.param].name); };

INSTANTIATE_TEST_SUITE_P(Catalogue, EveryRow, ::testing::Range<std::size_t>(0, TestCatalogue().rows().size()),
                         kRowName);
INSTANTIATE_TEST_SUITE_P(Catalogue, EverySize,
                         ::testing::Range<std::size_t>(0, TestCatalogue().rows().size()), kRowName);

}  // namespace
}  // namespace flux::service
