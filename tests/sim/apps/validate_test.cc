// How values of every kind are read and refused, on the first five models (fal-api §1.3, §1.4).
// models_test.cc has the fields of all models.
#include "sim/apps/validate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace flux::sim {
namespace {

struct FieldCase {
  const char* endpoint;
  const char* field;
  std::vector<const char*> good;                           // JSON values
  std::vector<std::pair<const char*, const char*>> bad{};  // JSON value, type of the first problem
};

using Bad = std::vector<std::pair<const char*, const char*>>;

const Bad kBadFlags = {
    {"2", "bool_parsing"}, {R"("maybe")", "bool_parsing"}, {"null", "bool_type"}, {"[]", "bool_type"}};
const std::vector<const char*> kFlags = {"true", "false", "0", "1", R"("yes")", R"("OFF")"};
const std::vector<const char*> kTexts = {R"("x")", R"("")", R"("\u0000")"};
const Bad kNoTexts = {
    {"1", "string_type"}, {"null", "string_type"}, {"[]", "string_type"}, {"{}", "string_type"}};
const std::vector<const char*> kSizes = {R"("square_hd")",
                                         R"("square")",
                                         R"("portrait_4_3")",
                                         R"("portrait_16_9")",
                                         R"("landscape_4_3")",
                                         R"("landscape_16_9")",
                                         "{}",
                                         R"({"width":1,"height":14142})",
                                         R"({"width":"640"})"};
const Bad kNoSizes = {{R"("16:9")", "model_attributes_type"},     {R"("1024x768")", "model_attributes_type"},
                      {R"("auto")", "model_attributes_type"},     {"7", "model_attributes_type"},
                      {R"({"width":0})", "greater_than"},         {R"({"width":-5})", "greater_than"},
                      {R"({"height":14143})", "less_than_equal"}, {R"({"height":1.5})", "int_from_float"},
                      {R"({"width":null})", "int_type"}};
const std::vector<const char*> kSeeds = {"0",    "-1",    "18446744073709551615", "9007199254740993",
                                         "null", R"("7")"};
const Bad kNoSeeds = {{"1.5", "int_from_float"},
                      {R"("x")", "int_parsing"},
                      {"18446744073709551616", "int_parsing_size"},
                      {"{}", "int_type"}};
const std::vector<const char*> kFormats = {R"("jpeg")", R"("png")"};
const Bad kNoFormats = {
    {R"("jpg")", "literal_error"}, {R"("webp")", "literal_error"}, {"null", "literal_error"}};
const std::vector<const char*> kAccelerations = {R"("none")", R"("regular")", R"("high")"};
const std::vector<const char*> kCounts = {"1", "4", "2.0", R"("3")", "true"};
const Bad kNoCounts = {{"0", "greater_than_equal"}, {"5", "less_than_equal"}, {"1e30", "int_parsing_size"},
                       {"1.5", "int_from_float"},   {"null", "int_type"},     {R"("two")", "int_parsing"}};
const Bad kNoGuidance1 = {{"0.99", "greater_than_equal"}, {"20.01", "less_than_equal"},
                          {R"("x")", "float_parsing"},    {"null", "float_type"},
                          {"[]", "float_type"},           {R"("nan")", "greater_than_equal"}};

const FieldCase kCases[] = {
    {"fal-ai/flux-pro", "prompt", kTexts, kNoTexts},
    {"fal-ai/flux-pro", "image_size", kSizes, kNoSizes},
    {"fal-ai/flux-pro",
     "num_inference_steps",
     {"1", "50"},
     {{"0", "greater_than_equal"}, {"51", "less_than_equal"}}},
    {"fal-ai/flux-pro", "guidance_scale", {"1", "20", R"("3.5")"}, kNoGuidance1},
    {"fal-ai/flux-pro",
     "safety_tolerance",
     {R"("1")", R"("6")"},
     {{"2", "literal_error"}, {R"("0")", "literal_error"}, {R"("7")", "literal_error"}}},
    {"fal-ai/flux-pro", "num_images", kCounts, kNoCounts},
    {"fal-ai/flux-pro", "seed", kSeeds, kNoSeeds},
    {"fal-ai/flux-pro", "sync_mode", kFlags, kBadFlags},
    {"fal-ai/flux-pro", "output_format", kFormats, kNoFormats},

    {"fal-ai/flux/dev", "prompt", kTexts, kNoTexts},
    {"fal-ai/flux/dev", "image_size", kSizes, kNoSizes},
    {"fal-ai/flux/dev",
     "num_inference_steps",
     {"1", "50"},
     {{"0", "greater_than_equal"}, {"51", "less_than_equal"}}},
    {"fal-ai/flux/dev", "guidance_scale", {"1", "20"}, kNoGuidance1},
    {"fal-ai/flux/dev", "enable_safety_checker", kFlags, kBadFlags},
    {"fal-ai/flux/dev", "enable_safety_checks", kFlags, kBadFlags},
    {"fal-ai/flux/dev", "num_images", kCounts, kNoCounts},
    {"fal-ai/flux/dev", "seed", kSeeds, kNoSeeds},
    {"fal-ai/flux/dev", "sync_mode", kFlags, kBadFlags},
    {"fal-ai/flux/dev", "output_format", kFormats, kNoFormats},
    {"fal-ai/flux/dev", "acceleration", kAccelerations, {{R"("fast")", "literal_error"}}},

    {"fal-ai/flux/schnell", "prompt", kTexts, kNoTexts},
    {"fal-ai/flux/schnell", "image_size", kSizes, kNoSizes},
    {"fal-ai/flux/schnell",
     "num_inference_steps",
     {"1", "12"},
     {{"0", "greater_than_equal"}, {"13", "less_than_equal"}}},
    {"fal-ai/flux/schnell", "guidance_scale", {"1", "20"}, kNoGuidance1},
    {"fal-ai/flux/schnell", "enable_safety_checker", kFlags, kBadFlags},
    {"fal-ai/flux/schnell", "num_images", kCounts, kNoCounts},
    {"fal-ai/flux/schnell", "seed", kSeeds, kNoSeeds},
    {"fal-ai/flux/schnell", "sync_mode", kFlags, kBadFlags},
    {"fal-ai/flux/schnell", "output_format", kFormats, kNoFormats},
    {"fal-ai/flux/schnell", "acceleration", kAccelerations, {{"1", "literal_error"}}},

    {"fal-ai/flux/dev/image-to-image", "prompt", kTexts, kNoTexts},
    {"fal-ai/flux/dev/image-to-image", "image_url", kTexts, kNoTexts},
    {"fal-ai/flux/dev/image-to-image",
     "strength",
     {"0.01", "1"},
     {{"0.009", "greater_than_equal"}, {"1.01", "less_than_equal"}, {R"("x")", "float_parsing"}}},
    {"fal-ai/flux/dev/image-to-image",
     "num_inference_steps",
     {"10", "50"},
     {{"9", "greater_than_equal"}, {"51", "less_than_equal"}}},
    {"fal-ai/flux/dev/image-to-image", "guidance_scale", {"1", "20"}, kNoGuidance1},
    {"fal-ai/flux/dev/image-to-image", "enable_safety_checker", kFlags, kBadFlags},
    {"fal-ai/flux/dev/image-to-image", "num_images", kCounts, kNoCounts},
    {"fal-ai/flux/dev/image-to-image", "seed", kSeeds, kNoSeeds},
    {"fal-ai/flux/dev/image-to-image", "sync_mode", kFlags, kBadFlags},
    {"fal-ai/flux/dev/image-to-image", "output_format", kFormats, kNoFormats},
    {"fal-ai/flux/dev/image-to-image", "acceleration", kAccelerations, {{"null", "literal_error"}}},
    {"fal-ai/flux/dev/image-to-image", "image_size", {R"("16:9")", "7"}},  // not in the schema: ignored

    {"fal-ai/flux-lora/inpainting", "prompt", kTexts, kNoTexts},
    {"fal-ai/flux-lora/inpainting", "image_url", kTexts, kNoTexts},
    {"fal-ai/flux-lora/inpainting", "mask_url", kTexts, kNoTexts},
    {"fal-ai/flux-lora/inpainting",
     "strength",
     {"0.01", "1"},
     {{"0", "greater_than_equal"}, {"1.01", "less_than_equal"}}},
    {"fal-ai/flux-lora/inpainting", "image_size", {R"("square")", "null", "{}"}, kNoSizes},
    {"fal-ai/flux-lora/inpainting",
     "num_inference_steps",
     {"1", "50"},
     {{"0", "greater_than_equal"}, {"51", "less_than_equal"}}},
    {"fal-ai/flux-lora/inpainting",
     "guidance_scale",
     {"0", "35"},
     {{"-0.01", "greater_than_equal"}, {"35.01", "less_than_equal"}}},
    {"fal-ai/flux-lora/inpainting", "enable_safety_checker", kFlags, kBadFlags},
    {"fal-ai/flux-lora/inpainting",
     "loras",
     {"[]", R"([{"path":"p"}])", R"([{"path":"p","scale":0.5,"force":true}])"},
     {{"{}", "list_type"},
      {"[1]", "model_attributes_type"},
      {"[{}]", "missing"},
      {R"([{"path":"p","scale":"x"}])", "float_parsing"}}},
    {"fal-ai/flux-lora/inpainting", "num_images", kCounts, kNoCounts},
    {"fal-ai/flux-lora/inpainting", "seed", kSeeds, kNoSeeds},
    {"fal-ai/flux-lora/inpainting", "sync_mode", kFlags, kBadFlags},
    {"fal-ai/flux-lora/inpainting", "output_format", kFormats, kNoFormats},
    {"fal-ai/flux-lora/inpainting",
     "acceleration",
     {R"("none")", R"("regular")"},
     {{R"("high")", "literal_error"}}},
};

Given Body(const std::string& endpoint) {
  Given body = {{"prompt", "x"}};
  if (endpoint.ends_with("image-to-image") || endpoint.ends_with("inpainting"))
    body["image_url"] = "https://e.x/i";
  if (endpoint.ends_with("inpainting")) body["mask_url"] = "https://e.x/m";
  return body;
}

class FieldTest : public testing::TestWithParam<FieldCase> {};

TEST_P(FieldTest, TakesWhatIsInRange) {
  const FieldCase& row = GetParam();
  for (const char* value : row.good) {
    Given body = Body(row.endpoint);
    body[row.field] = Given::parse(value);
    Problems problems(Dialect::kPydantic2);
    Validate(*FindModel(row.endpoint), body, problems);
    EXPECT_TRUE(problems.empty()) << value << ": " << problems.items();
  }
}

TEST_P(FieldTest, RefusesWhatIsNot) {
  const FieldCase& row = GetParam();
  for (const auto& [value, type] : row.bad) {
    for (const Dialect dialect : {Dialect::kPydantic2, Dialect::kPydantic1}) {
      Given body = Body(row.endpoint);
      body[row.field] = Given::parse(value);
      Problems problems(dialect);
      Validate(*FindModel(row.endpoint), body, problems);
      ASSERT_FALSE(problems.empty()) << value;
      const Json& first = problems.items()[0];
      EXPECT_EQ(first["loc"][0], "body");
      if (dialect == Dialect::kPydantic1) continue;
      EXPECT_EQ(first["type"], type) << value;
      const bool alias = std::string_view(row.field) == "enable_safety_checks";
      EXPECT_EQ(first["loc"][1], alias ? "enable_safety_checker" : row.field) << value;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Fields, FieldTest, testing::ValuesIn(kCases), [](const auto& row) {
  std::string name = std::string(row.param.endpoint) + "_" + row.param.field;
  std::ranges::replace_if(
      name, [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
});

TEST(ValidateTest, UnknownKeysAreIgnored) {
  Problems problems(Dialect::kPydantic2);
  Given body = Body("fal-ai/flux/dev");
  body["aspect_ratio"] = "16:9";
  body["loras"] = 7;
  const Given values = Validate(*FindModel("fal-ai/flux/dev"), body, problems);
  EXPECT_TRUE(problems.empty());
  EXPECT_FALSE(values.contains("aspect_ratio"));
}

TEST(ValidateTest, ABodyThatIsNoObjectIsOneProblem) {
  for (const char* body : {"[]", "7", "null", R"("prompt")", "true"}) {
    Problems problems(Dialect::kPydantic2);
    Validate(*FindModel("fal-ai/flux/dev"), Given::parse(body), problems);
    ASSERT_EQ(problems.items().size(), 1U);
    EXPECT_EQ(problems.items()[0]["type"], "model_attributes_type");
    EXPECT_EQ(problems.items()[0]["loc"], Json({"body"}));
  }
}

TEST(ModelsTest, PathsAreSplitAfterTheAlias) {
  std::string_view app, path;
  EXPECT_TRUE(SplitEndpoint("fal-ai/flux/dev/image-to-image", app, path));
  EXPECT_EQ(app, "fal-ai/flux");
  EXPECT_EQ(path, "dev/image-to-image");
  EXPECT_TRUE(SplitEndpoint("fal-ai/flux-pro", app, path));
  EXPECT_EQ(app, "fal-ai/flux-pro");
  EXPECT_EQ(path, "");
  for (const char* endpoint : {"", "fal-ai", "fal-ai/", "/flux", "a//b"})
    EXPECT_FALSE(SplitEndpoint(endpoint, app, path));
  EXPECT_TRUE(AppExists("fal-ai/flux"));
  EXPECT_FALSE(AppExists("fal-ai/flu"));
  EXPECT_EQ(FindModel("fal-ai/flux"), nullptr);
  EXPECT_EQ(FindModel("fal-ai/flux/dev/inpainting"), nullptr);
}

}  // namespace
}  // namespace flux::sim
