#include "service/model/catalogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "order_fixture.h"
#include "service/model/model_proto.h"

namespace flux::service {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;

// fal-api §1.3, §1.4, §8, copied by hand: the rows of the catalogue must say the same.
struct Facts {
  std::string name;
  v1::ModelKind kind;
  std::string endpoint;
  std::vector<double> steps;  // minimum, maximum, default
  std::vector<double> guidance;
  std::vector<double> strength;
  std::string size_default;  // "-": takes no size
  std::vector<std::string> acceleration;
  ToleranceStyle tolerance;
  std::uint64_t micro_usd;
};

const Facts kFacts[] = {
    {"text-to-image/pro",
     v1::MODEL_KIND_TEXT_TO_IMAGE,
     "fal-ai/flux-pro",
     {1, 50, 28},
     {1, 20, 3.5},
     {},
     "landscape_4_3",
     {},
     ToleranceStyle::kForwarded,
     50'000},
    {"text-to-image/dev",
     v1::MODEL_KIND_TEXT_TO_IMAGE,
     "fal-ai/flux/dev",
     {1, 50, 28},
     {1, 20, 3.5},
     {},
     "landscape_4_3",
     {"none", "regular", "high"},
     ToleranceStyle::kSwitchesChecker,
     25'000},
    {"text-to-image/schnell",
     v1::MODEL_KIND_TEXT_TO_IMAGE,
     "fal-ai/flux/schnell",
     {1, 12, 4},
     {1, 20, 3.5},
     {},
     "landscape_4_3",
     {"none", "regular", "high"},
     ToleranceStyle::kSwitchesChecker,
     3'000},
    {"image-to-image",
     v1::MODEL_KIND_IMAGE_TO_IMAGE,
     "fal-ai/flux/dev/image-to-image",
     {10, 50, 40},
     {1, 20, 3.5},
     {0.01, 1, 0.95},
     "-",
     {"none", "regular", "high"},
     ToleranceStyle::kSwitchesChecker,
     30'000},
    {"inpainting",
     v1::MODEL_KIND_INPAINTING,
     "fal-ai/flux-lora/inpainting",
     {1, 50, 28},
     {0, 35, 3.5},
     {0.01, 1, 0.85},
     "",
     {"none", "regular"},
     ToleranceStyle::kSwitchesChecker,
     35'000},
};

std::vector<double> Numbers(const FieldRule* rule) {
  if (!rule) return {};
  return {*rule->minimum, *rule->maximum, std::stod(rule->default_text)};
}

TEST(Catalogue, SaysWhatFalDocuments) {
  ASSERT_EQ(TestCatalogue().rows().size(), std::size(kFacts));
  for (const Facts& facts : kFacts) {
    SCOPED_TRACE(facts.name);
    const ModelRow* row = TestCatalogue().Find(facts.name, facts.kind);
    ASSERT_NE(row, nullptr);
    EXPECT_EQ(row->fal_endpoint, facts.endpoint);
    EXPECT_EQ(Numbers(FindRule(*row, Field::kNumInferenceSteps)), facts.steps);
    EXPECT_EQ(Numbers(FindRule(*row, Field::kGuidanceScale)), facts.guidance);
    EXPECT_EQ(Numbers(FindRule(*row, Field::kStrength)), facts.strength);
    EXPECT_THAT(Numbers(FindRule(*row, Field::kNumImages)), ElementsAre(1, 4, 1));
    const FieldRule* size = FindRule(*row, Field::kImageSize);
    EXPECT_EQ(size ? size->default_text : "-", facts.size_default);
    const FieldRule* acceleration = FindRule(*row, Field::kAcceleration);
    EXPECT_EQ(acceleration ? acceleration->allowed : std::vector<std::string>(), facts.acceleration);
    EXPECT_THAT(FindRule(*row, Field::kOutputFormat)->allowed, ElementsAre("jpeg", "png"));
    EXPECT_EQ(row->tolerance, facts.tolerance);
    EXPECT_EQ(FindRule(*row, Field::kEnableSafetyChecker) != nullptr,
              facts.tolerance == ToleranceStyle::kSwitchesChecker);
    EXPECT_EQ(row->price.micro_usd, facts.micro_usd);
    EXPECT_EQ(row->price.unit, v1::PRICE_UNIT_MEGAPIXEL);
  }
}

TEST(Catalogue, RequiresWhatItsKindNeeds) {
  for (const ModelRow& row : TestCatalogue().rows()) {
    SCOPED_TRACE(row.name);
    std::vector<Field> required;
    for (const FieldRule& rule : row.rules) {
      if (rule.required) required.push_back(rule.field);
    }
    std::vector<Field> expected{Field::kPrompt};
    if (row.kind != v1::MODEL_KIND_TEXT_TO_IMAGE) expected.push_back(Field::kImage);
    if (row.kind == v1::MODEL_KIND_INPAINTING) expected.push_back(Field::kMask);
    EXPECT_THAT(required, ElementsAreArray(expected));
  }
}

TEST(Catalogue, HasSoundRows) {
  std::set<std::pair<int, std::string>> names;
  for (const ModelRow& row : TestCatalogue().rows()) {
    SCOPED_TRACE(row.name);
    EXPECT_TRUE(names.emplace(row.kind, row.name).second) << "named twice";
    EXPECT_FALSE(row.fal_endpoint.empty());
    EXPECT_NE(row.fal_endpoint.front(), '/');
    EXPECT_GT(row.price.micro_usd, 0u);
    for (std::size_t i = 0; i < row.rules.size(); ++i) {
      const FieldRule& rule = row.rules[i];
      EXPECT_FALSE(rule.fal_name.empty());
      EXPECT_LE(rule.minimum.value_or(0), rule.maximum.value_or(1e9));
      if (i > 0) {
        EXPECT_LT(row.rules[i - 1].field, rule.field) << "fields in order, each once";
      }
      const bool choice = rule.field == Field::kOutputFormat || rule.field == Field::kAcceleration;
      if (choice) {
        EXPECT_THAT(rule.allowed, ::testing::Contains(rule.default_text));
      }
    }
  }
}

TEST(Catalogue, FindsByNameAndKind) {
  EXPECT_NE(TestCatalogue().Find("inpainting", v1::MODEL_KIND_INPAINTING), nullptr);
  EXPECT_EQ(TestCatalogue().Find("inpainting", v1::MODEL_KIND_TEXT_TO_IMAGE), nullptr);
  EXPECT_EQ(TestCatalogue().Find("text-to-image/none", v1::MODEL_KIND_TEXT_TO_IMAGE), nullptr);
  EXPECT_EQ(TestCatalogue().Find("", v1::MODEL_KIND_TEXT_TO_IMAGE), nullptr);
}

TEST(ToProto, ShowsEveryRule) {
  const ModelRow& row = *TestCatalogue().Find("text-to-image/pro", v1::MODEL_KIND_TEXT_TO_IMAGE);
  const v1::Model model = ToProto(row);
  EXPECT_EQ(model.name(), "text-to-image/pro");
  EXPECT_EQ(model.kind(), v1::MODEL_KIND_TEXT_TO_IMAGE);
  EXPECT_EQ(model.fal_endpoint(), "fal-ai/flux-pro");
  EXPECT_EQ(model.unit_price().micro_usd(), 50'000u);
  EXPECT_EQ(model.unit_price().unit(), v1::PRICE_UNIT_MEGAPIXEL);
  EXPECT_EQ(model.unit_price().units(), 1);

  std::vector<std::string> names;
  for (const v1::ModelParameter& parameter : model.parameters()) names.push_back(parameter.name());
  EXPECT_THAT(names, ElementsAre("prompt", "image_size", "num_images", "num_inference_steps",
                                 "guidance_scale", "seed", "safety_tolerance", "output_format", "sync_mode"));

  EXPECT_TRUE(model.parameters(0).required());
  EXPECT_EQ(model.parameters(0).type(), v1::PARAMETER_TYPE_STRING);
  EXPECT_FALSE(model.parameters(0).has_minimum());
  const v1::ModelParameter& steps = model.parameters(3);
  EXPECT_FALSE(steps.required());
  EXPECT_EQ(steps.type(), v1::PARAMETER_TYPE_INTEGER);
  EXPECT_EQ(steps.minimum(), 1);
  EXPECT_EQ(steps.maximum(), 50);
  EXPECT_EQ(steps.default_value(), "28");
  EXPECT_THAT(model.parameters(6).allowed_values(), ElementsAre("1", "2", "3", "4", "5", "6"));
}

}  // namespace
}  // namespace flux::service
