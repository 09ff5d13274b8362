// Makes the rules that rows are built from, each with the name that the field usually has at fal.
#include "service/catalogue/rules.h"

#include <utility>

namespace flux::service::rules {
namespace {

// A rule under fal's usual name.
FieldRule Of(Field field, std::string default_text = {}) {
  return {.field = field,
          .fal_name = std::string(RowOf(field).fal_name),
          .default_text = std::move(default_text)};
}

FieldRule Required(Field field) {
  FieldRule rule = Of(field);
  rule.required = true;
  return rule;
}

FieldRule Within(Field field, double minimum, double maximum, std::string default_text = {}) {
  FieldRule rule = Of(field, std::move(default_text));
  rule.minimum = minimum;
  rule.maximum = maximum;
  return rule;
}

FieldRule OneOf(Field field, std::vector<std::string> allowed, std::string default_text) {
  FieldRule rule = Of(field, std::move(default_text));
  rule.allowed = std::move(allowed);
  return rule;
}

}  // namespace

FieldRule Prompt() {
  return Required(Field::kPrompt);
}

FieldRule OptionalPrompt() {
  return Of(Field::kPrompt);
}

FieldRule Image() {
  return Required(Field::kImage);
}

FieldRule Mask() {
  return Required(Field::kMask);
}

FieldRule SingleImage() {
  FieldRule rule = Within(Field::kImages, 1, 1);
  rule.fal_name = "image_url";
  rule.required = true;
  return rule;
}

FieldRule Images(double most) {
  FieldRule rule = Within(Field::kImages, 1, most);
  rule.required = true;
  rule.list = true;
  return rule;
}

FieldRule Strength(std::string default_text) {
  return Within(Field::kStrength, 0.01, 1, std::move(default_text));
}

FieldRule ImagePromptStrength() {
  return Within(Field::kImagePromptStrength, 0, 1, "0.1");
}

FieldRule Size(std::string default_text, std::vector<std::string> words) {
  FieldRule rule = Within(Field::kImageSize, 1, 14142, std::move(default_text));
  rule.allowed = std::move(words);
  return rule;
}

FieldRule Flux2Size(std::string default_text) {
  return Within(Field::kImageSize, 512, 2048, std::move(default_text));
}

FieldRule AspectRatio(std::vector<std::string> allowed, std::string default_text) {
  FieldRule rule = OneOf(Field::kImageSize, std::move(allowed), std::move(default_text));
  rule.fal_name = "aspect_ratio";
  return rule;
}

std::vector<std::string> AspectRatios() {
  return {"21:9", "16:9", "4:3", "3:2", "1:1", "2:3", "3:4", "9:16", "9:21"};
}

FieldRule Steps(double minimum, double maximum, std::string default_text) {
  return Within(Field::kNumInferenceSteps, minimum, maximum, std::move(default_text));
}

FieldRule Guidance(double minimum, double maximum, std::string default_text) {
  return Within(Field::kGuidanceScale, minimum, maximum, std::move(default_text));
}

FieldRule Resolution(std::vector<std::string> allowed, std::string default_text) {
  return OneOf(Field::kResolution, std::move(allowed), std::move(default_text));
}

FieldRule NumImages(double most) {
  return Within(Field::kNumImages, 1, most, "1");
}

FieldRule Seed() {
  return Of(Field::kSeed);
}

FieldRule Format(std::vector<std::string> allowed, std::string default_text) {
  return OneOf(Field::kOutputFormat, std::move(allowed), std::move(default_text));
}

FieldRule SyncMode() {
  return Of(Field::kSyncMode, "false");
}

FieldRule Acceleration(std::vector<std::string> allowed, std::string default_text) {
  return OneOf(Field::kAcceleration, std::move(allowed), std::move(default_text));
}

FieldRule Raw() {
  return Of(Field::kRaw, "false");
}

FieldRule EnhancePrompt(std::string fal_name) {
  FieldRule rule = Of(Field::kEnhancePrompt, "false");
  rule.fal_name = std::move(fal_name);
  return rule;
}

FieldRule NegativePrompt() {
  return Of(Field::kNegativePrompt);
}

FieldRule Loras(double most) {
  return Within(Field::kLoras, 1, most);
}

FieldRule CheckerSwitch() {
  return Of(Field::kEnableSafetyChecker, "true");
}

FieldRule Extra(std::string name, v1::ParameterType type, std::string default_text) {
  return {.field = Field::kExtra,
          .fal_name = std::move(name),
          .type = type,
          .default_text = std::move(default_text)};
}

FieldRule ImageExtra(std::string name) {
  FieldRule rule = Extra(std::move(name), v1::PARAMETER_TYPE_IMAGE);
  rule.required = true;
  return rule;
}

FieldRule NumberExtra(std::string name, double minimum, double maximum, std::string default_text) {
  FieldRule rule = Extra(std::move(name), v1::PARAMETER_TYPE_NUMBER, std::move(default_text));
  rule.minimum = minimum;
  rule.maximum = maximum;
  return rule;
}

FieldRule IntegerExtra(std::string name, double minimum, double maximum, std::string default_text) {
  FieldRule rule = NumberExtra(std::move(name), minimum, maximum, std::move(default_text));
  rule.type = v1::PARAMETER_TYPE_INTEGER;
  return rule;
}

FieldRule SwitchExtra(std::string name, std::string default_text) {
  return Extra(std::move(name), v1::PARAMETER_TYPE_BOOLEAN, std::move(default_text));
}

FieldRule ChoiceExtra(std::string name, std::vector<std::string> allowed, std::string default_text) {
  FieldRule rule = Extra(std::move(name), v1::PARAMETER_TYPE_STRING, std::move(default_text));
  rule.allowed = std::move(allowed);
  return rule;
}

FieldRule ObjectsExtra(std::string name) {
  return Extra(std::move(name), v1::PARAMETER_TYPE_OBJECTS);
}

Rules Common(std::string default_format) {
  return {NumImages(), Seed(), Format({"jpeg", "png"}, std::move(default_format)), SyncMode()};
}

Rules Checker() {
  FieldRule tolerance = Of(Field::kSafetyTolerance);
  tolerance.fal_name = "enable_safety_checker";
  return {std::move(tolerance), CheckerSwitch()};
}

Rules Tolerance(int most) {
  FieldRule rule = Of(Field::kSafetyTolerance, "2");
  for (int value = 1; value <= most; ++value) rule.allowed.push_back(std::to_string(value));
  return {std::move(rule)};
}

FieldRule NumberTolerance(int most) {
  FieldRule rule = Of(Field::kSafetyTolerance, "2");
  for (int value = 0; value <= most; ++value) rule.allowed.push_back(std::to_string(value));
  return rule;
}

// Shares (of the steps, of a weight) are 0 to 1; the other ranges are unconfirmed and kept wide.
Rules GeneralExtras() {
  return {ChoiceExtra("scheduler", {"euler", "dpmpp_2m"}, "euler"),
          Extra("sigma_schedule", v1::PARAMETER_TYPE_STRING),
          SwitchExtra("use_beta_schedule"),
          NumberExtra("base_shift", 0, 100, "0.5"),
          NumberExtra("max_shift", 0, 100, "1.15"),
          NumberExtra("nag_scale", 0, 100, "3"),
          NumberExtra("nag_tau", 0, 100, "2.5"),
          NumberExtra("nag_alpha", 0, 1, "0.25"),
          NumberExtra("nag_end", 0, 1, "0.25"),
          SwitchExtra("use_real_cfg"),
          NumberExtra("real_cfg_scale", 0, 100, "3.5"),
          SwitchExtra("use_cfg_zero"),
          Extra("reference_image_url", v1::PARAMETER_TYPE_IMAGE),
          NumberExtra("reference_strength", 0, 100, "0.65"),
          NumberExtra("reference_start", 0, 1, "0"),
          NumberExtra("reference_end", 0, 1, "1"),
          ObjectsExtra("controlnets"),
          ObjectsExtra("controlnet_unions"),
          ObjectsExtra("control_loras"),
          ObjectsExtra("easycontrols"),
          ObjectsExtra("ip_adapters"),
          Extra("fill_image", v1::PARAMETER_TYPE_OBJECT)};
}

Rules Join(std::initializer_list<Rules> parts) {
  Rules all;
  for (const Rules& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

UnitPrice PerMegapixel(std::uint64_t micro_usd) {
  return {.micro_usd = micro_usd, .unit = v1::PRICE_UNIT_MEGAPIXEL};
}

UnitPrice PerImage(std::uint64_t micro_usd) {
  return {.micro_usd = micro_usd, .unit = v1::PRICE_UNIT_IMAGE};
}

UnitPrice PerMegapixelInOut(std::uint64_t micro_usd) {
  return {.micro_usd = micro_usd, .unit = v1::PRICE_UNIT_MEGAPIXEL_IN_OUT, .resizes_input = true};
}

UnitPrice FirstAndFurther(std::uint64_t first, std::uint64_t further) {
  return {.micro_usd = further, .unit = v1::PRICE_UNIT_MEGAPIXEL_IN_OUT, .first_micro_usd = first};
}

}  // namespace flux::service::rules
