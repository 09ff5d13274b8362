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

FieldRule NumImages() {
  return Within(Field::kNumImages, 1, 4, "1");
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

// The apps take any number of them; ten is this project's limit.
FieldRule Loras() {
  return Within(Field::kLoras, 1, 10);
}

FieldRule CheckerSwitch() {
  return Of(Field::kEnableSafetyChecker, "true");
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

}  // namespace flux::service::rules
