// Mistakes in a catalogue that make no sense of it.
#include "service/catalogue/catalogue_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "tests/service/order/order_fixture.h"

namespace flux::service {
namespace {

struct Change {
  std::string name;
  std::string model;
  std::function<void(ModelRow&)> apply;
  std::vector<std::string> problems;  // "parameter.member message", the beginning of each

  friend void PrintTo(const Change& one, std::ostream* out) { *out << one.name; }
};

FieldRule& Rule(ModelRow& row, Field field) {
  for (FieldRule& rule : row.rules) {
    if (rule.field == field) return rule;
  }
  ADD_FAILURE() << "no rule of " << RowOf(field).name;
  return row.rules.front();
}

FieldRule Extra(std::string name, v1::ParameterType type = v1::PARAMETER_TYPE_NUMBER) {
  return {.field = Field::kExtra, .fal_name = std::move(name), .type = type};
}

constexpr const char* kDev = "text-to-image/dev";
constexpr const char* kPro = "text-to-image/pro";
constexpr const char* kEdit = "edit/flux-2";
constexpr const char* kKontext = "edit/kontext-pro";
constexpr const char* kInpaint = "inpainting/general";

Change Endpoint(std::string name, std::string endpoint) {
  return {std::move(name),
          kDev,
          [endpoint](ModelRow& row) { row.fal_endpoint = endpoint; },
          {".fal_endpoint must be an app's path"}};
}

const Change kChanges[] = {
    Endpoint("EndpointEmpty", ""),
    Endpoint("EndpointFromTheRoot", "/fal-ai/flux"),
    Endpoint("EndpointEndsInASlash", "fal-ai/flux/"),
    Endpoint("EndpointClimbs", "fal-ai/../flux"),
    Endpoint("EndpointWithAnEmptySegment", "fal-ai//flux"),
    Endpoint("EndpointInCapitals", "fal-ai/Flux"),
    Endpoint("EndpointWithAQuery", "fal-ai/flux?x=1"),
    Endpoint("EndpointWithASpace", "fal-ai/flux dev"),
    Endpoint("EndpointTooLong", std::string(201, 'a')),
    {"KindOfAnotherName",
     kDev,
     [](ModelRow& row) { row.name = "edit/dev"; },
     {".name must begin with the word of"}},
    {"NameTooLong",
     kDev,
     [](ModelRow& row) { row.name = "text-to-image/" + std::string(100, 'a'); },
     {".name must have one name"}},
    {"NameHidden", kDev, [](ModelRow& row) { row.name = "text-to-image/.."; }, {".name must have one name"}},
    {"NoPrice", kDev, [](ModelRow& row) { row.price.unit = {}; }, {".price is required"}},
    {"PromptNotRequired",
     kDev,
     [](ModelRow& row) { Rule(row, Field::kPrompt).required = false; },
     {"prompt.required must be true for TextToImage"}},
    {"FieldOfAnotherRpc",
     kDev,
     [](ModelRow& row) { row.rules.push_back({.field = Field::kStrength, .fal_name = "strength"}); },
     {"strength.name is not a field of TextToImage"}},
    {"NoImages",
     kEdit,
     [](ModelRow& row) {
       std::erase_if(row.rules, [](const FieldRule& rule) { return rule.field == Field::kImages; });
     },
     {".parameters must have images, required, for EditImage"}},
    {"ToleranceWithoutChecker",
     kDev,
     [](ModelRow& row) {
       std::erase_if(row.rules,
                     [](const FieldRule& rule) { return rule.field == Field::kEnableSafetyChecker; });
     },
     {".tolerance must be \"forwarded\" without"}},
    {"ToleranceOfAnotherSwitch",
     kDev,
     [](ModelRow& row) { Rule(row, Field::kSafetyTolerance).fal_name = "safety"; },
     {"safety_tolerance.fal_name must be that of enable_safety_checker"}},
    {"ToleranceWithoutValues",
     kPro,
     [](ModelRow& row) { Rule(row, Field::kSafetyTolerance).allowed.clear(); },
     {"safety_tolerance.allowed is required"}},
    {"RuleTwice",
     kDev,
     [](ModelRow& row) { row.rules.push_back(Rule(row, Field::kSeed)); },
     {"seed.name is listed twice", "seed.fal_name must not be sent under the same name"}},
    {"SameNameAtFal",
     kDev,
     [](ModelRow& row) { Rule(row, Field::kSyncMode).fal_name = "prompt"; },
     {"sync_mode.fal_name must not be sent under the same name"}},
    {"NoNameAtFal",
     kDev,
     [](ModelRow& row) { Rule(row, Field::kSeed).fal_name = ""; },
     {"seed.fal_name must be made of"}},
    {"StrangeNameAtFal",
     kDev,
     [](ModelRow& row) { Rule(row, Field::kSeed).fal_name = "se\"ed"; },
     {"seed.fal_name must be made of"}},
    {"ExtraWithAReservedName",
     kDev,
     [](ModelRow& row) { row.rules.push_back(Extra("aspect_ratio")); },
     {"aspect_ratio.name must not be the name of a field"}},
    {"ExtraWithTheNameOfAField",
     kDev,
     [](ModelRow& row) { row.rules.push_back(Extra("strength")); },
     {"strength.name must not be the name of a field"}},
    {"ExtraTwice",
     kInpaint,
     [](ModelRow& row) { row.rules.push_back(Extra("scheduler")); },
     {"scheduler.name is listed twice", "scheduler.name must not be sent under the same name"}},
    {"LimitOfASwitch",
     kDev,
     [](ModelRow& row) { Rule(row, Field::kSyncMode).minimum = 0; },
     {"sync_mode.minimum must be left out"}},
    {"LimitsTheWrongWayRound",
     kDev,
     [](ModelRow& row) { Rule(row, Field::kGuidanceScale).maximum = 0.5; },
     {"guidance_scale.maximum must be at least minimum", "guidance_scale.default must be 1 to 0.5"}},
    {"CountOfHalves",
     kDev,
     [](ModelRow& row) { Rule(row, Field::kNumInferenceSteps).minimum = 1.5; },
     {"num_inference_steps.minimum must be a whole number"}},
    {"CountBelowZero",
     kDev,
     [](ModelRow& row) { Rule(row, Field::kNumInferenceSteps).minimum = -1; },
     {"num_inference_steps.minimum must be 0 or more"}},
    {"FormatsThatRequestsCannotName",
     kDev,
     [](ModelRow& row) {
       Rule(row, Field::kOutputFormat).allowed = {"jpeg", "tiff"};
     },
     {"output_format.allowed must be some of jpeg, png, webp"}},
    {"NoAccelerations",
     kDev,
     [](ModelRow& row) { Rule(row, Field::kAcceleration).allowed.clear(); },
     {"acceleration.allowed must be some of none, regular, high"}},
    {"DefaultThatIsNotAllowed",
     kDev,
     [](ModelRow& row) { Rule(row, Field::kOutputFormat).default_text = "webp"; },
     {"output_format.default must be one of \"jpeg\", \"png\""}},
    {"ValuesOfAPrompt",
     kDev,
     [](ModelRow& row) { Rule(row, Field::kPrompt).allowed = {"cat"}; },
     {"prompt.allowed must be left out"}},
    {"EmptyValue",
     kInpaint,
     [](ModelRow& row) {
       row.rules.push_back(Extra("style", v1::PARAMETER_TYPE_STRING)), row.rules.back().allowed = {""};
     },
     {"style.allowed must not hold empty text"}},
    {"PresetsListed",
     kDev,
     [](ModelRow& row) { Rule(row, Field::kImageSize).allowed = {"square"}; },
     {"image_size.allowed must hold \"auto\" and \"match_input\" only"}},
    {"RatiosThatAreNone",
     kKontext,
     [](ModelRow& row) {
       Rule(row, Field::kImageSize).allowed = {"16:9", "wide"};
     },
     {"image_size.allowed must hold ratios"}},
    {"SidesOfARatio",
     kKontext,
     [](ModelRow& row) { Rule(row, Field::kImageSize).maximum = 1024; },
     {"image_size.maximum must be left out"}},
    {"DefaultSizeUnknown",
     kDev,
     [](ModelRow& row) { Rule(row, Field::kImageSize).default_text = "huge"; },
     {"image_size.default must be a size that the model takes"}},
    {"DefaultRatioNotListed",
     kKontext,
     [](ModelRow& row) { Rule(row, Field::kImageSize).default_text = "5:4"; },
     {"image_size.default must be a size that the model takes"}},
    {"DefaultOfAPicture",
     kEdit,
     [](ModelRow& row) { Rule(row, Field::kImages).default_text = "x"; },
     {"images.default must be left out"}},
    {"DefaultThatIsNoNumber",
     kDev,
     [](ModelRow& row) { Rule(row, Field::kGuidanceScale).default_text = "much"; },
     {"guidance_scale.default must be a number as text"}},
    {"DefaultOfHalves",
     kDev,
     [](ModelRow& row) { Rule(row, Field::kNumInferenceSteps).default_text = "2.5"; },
     {"num_inference_steps.default must be a whole number"}},
    {"DefaultNeitherTrueNorFalse",
     kDev,
     [](ModelRow& row) { Rule(row, Field::kSyncMode).default_text = "no"; },
     {"sync_mode.default must be \"true\" or \"false\""}},
    {"PicturesWithoutEnd",
     kEdit,
     [](ModelRow& row) { Rule(row, Field::kImages).maximum.reset(); },
     {"images.maximum must be 1 to 100"}},
    {"PicturesFromNone",
     kEdit,
     [](ModelRow& row) { Rule(row, Field::kImages).minimum = 0; },
     {"images.minimum must be 1 or more"}},
    {"SeveralPicturesWithoutAList",
     kEdit,
     [](ModelRow& row) { Rule(row, Field::kImages).list = false; },
     {"images.list must be true"}},
    {"OneOutputAtMost",
     kDev,
     [](ModelRow& row) { Rule(row, Field::kNumImages).maximum = 1; },
     {"num_images.maximum must be 2 to 100; leave num_images out"}},
    {"OutputsFromTwo",
     kDev,
     [](ModelRow& row) { Rule(row, Field::kNumImages).minimum = 2; },
     {"num_images.minimum must be 1", "num_images.default must be 2 to 4"}},
};

class UnsoundRow : public ::testing::TestWithParam<Change> {};

TEST_P(UnsoundRow, IsTold) {
  ModelRow row = BuiltInRow(GetParam().model);
  ASSERT_TRUE(RowProblems(row).empty());
  GetParam().apply(row);
  std::vector<std::string> told;
  for (const RowProblem& problem : RowProblems(row)) {
    told.push_back(problem.parameter + "." + problem.member + " " + problem.message);
  }
  ASSERT_EQ(told.size(), GetParam().problems.size()) << ::testing::PrintToString(told);
  for (std::size_t i = 0; i < told.size(); ++i)
    EXPECT_THAT(told[i], ::testing::StartsWith(GetParam().problems[i]));
}

INSTANTIATE_TEST_SUITE_P(RowProblems, UnsoundRow, ::testing::ValuesIn(kChanges),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace flux::service
