// The built-in rows. Field sets that models share are written once, as functions.
#include "service/model/catalogue.h"

#include <algorithm>
#include <initializer_list>
#include <utility>

namespace flux::service {
namespace {

using Rules = std::vector<FieldRule>;

FieldRule Prompt() {
  return {.field = Field::kPrompt, .fal_name = "prompt", .required = true};
}

FieldRule Image() {
  return {.field = Field::kImage, .fal_name = "image_url", .required = true};
}

FieldRule Mask() {
  return {.field = Field::kMask, .fal_name = "mask_url", .required = true};
}

FieldRule Strength(std::string default_text) {
  return {.field = Field::kStrength,
          .fal_name = "strength",
          .minimum = 0.01,
          .maximum = 1,
          .default_text = std::move(default_text)};
}

// fal-api §1.1: six presets or {width, height}, each side above 0 and at most 14142.
FieldRule Size(std::string default_text) {
  return {.field = Field::kImageSize,
          .fal_name = "image_size",
          .minimum = 1,
          .maximum = 14142,
          .default_text = std::move(default_text)};
}

FieldRule Steps(double minimum, double maximum, std::string default_text) {
  return {.field = Field::kNumInferenceSteps,
          .fal_name = "num_inference_steps",
          .minimum = minimum,
          .maximum = maximum,
          .default_text = std::move(default_text)};
}

FieldRule Guidance(double minimum, double maximum, std::string default_text) {
  return {.field = Field::kGuidanceScale,
          .fal_name = "guidance_scale",
          .minimum = minimum,
          .maximum = maximum,
          .default_text = std::move(default_text)};
}

FieldRule Acceleration(std::vector<std::string> allowed) {
  return {.field = Field::kAcceleration,
          .fal_name = "acceleration",
          .allowed = std::move(allowed),
          .default_text = "none"};
}

// fal-api §1.1: what every FLUX.1 app takes.
Rules Common() {
  return {
      {.field = Field::kNumImages, .fal_name = "num_images", .minimum = 1, .maximum = 4, .default_text = "1"},
      {.field = Field::kSeed, .fal_name = "seed"},
      {.field = Field::kOutputFormat,
       .fal_name = "output_format",
       .allowed = {"jpeg", "png"},
       .default_text = "jpeg"},
      {.field = Field::kSyncMode, .fal_name = "sync_mode", .default_text = "false"},
  };
}

// fal-api §1.1, §1.7: the open models have a checker of results and no tolerance; ours stands for the
// checker's switch.
Rules Checker() {
  return {
      {.field = Field::kSafetyTolerance, .fal_name = "enable_safety_checker"},
      {.field = Field::kEnableSafetyChecker, .fal_name = "enable_safety_checker", .default_text = "true"},
  };
}

// fal-api §1.1: Tol6.
Rules Tolerance() {
  return {{.field = Field::kSafetyTolerance,
           .fal_name = "safety_tolerance",
           .allowed = {"1", "2", "3", "4", "5", "6"},
           .default_text = "2"}};
}

// In the order of the fields, so that lists and JSON read alike for every model.
Rules Join(std::initializer_list<Rules> parts) {
  Rules all;
  for (const Rules& part : parts) all.insert(all.end(), part.begin(), part.end());
  std::ranges::stable_sort(all, {}, &FieldRule::field);
  return all;
}

UnitPrice PerMegapixel(std::uint64_t micro_usd) {
  return {micro_usd, v1::PRICE_UNIT_MEGAPIXEL};
}

}  // namespace

const FieldRule* FindRule(const ModelRow& row, Field field) {
  const auto rule = std::ranges::find(row.rules, field, &FieldRule::field);
  return rule == row.rules.end() ? nullptr : &*rule;
}

Catalogue Catalogue::BuiltIn() {
  std::vector<ModelRow> rows;
  // fal-api §1.3: ranges of the legacy app are unconfirmed, its price (§8) too.
  rows.push_back(
      {.name = "text-to-image/pro",
       .kind = v1::MODEL_KIND_TEXT_TO_IMAGE,
       .fal_endpoint = "fal-ai/flux-pro",
       .rules = Join({{Prompt(), Size("landscape_4_3"), Steps(1, 50, "28"), Guidance(1, 20, "3.5")},
                      Tolerance(),
                      Common()}),
       .tolerance = ToleranceStyle::kForwarded,
       .price = PerMegapixel(50'000)});
  // fal-api §1.3.
  rows.push_back({.name = "text-to-image/dev",
                  .kind = v1::MODEL_KIND_TEXT_TO_IMAGE,
                  .fal_endpoint = "fal-ai/flux/dev",
                  .rules = Join({{Prompt(), Size("landscape_4_3"), Steps(1, 50, "28"), Guidance(1, 20, "3.5"),
                                  Acceleration({"none", "regular", "high"})},
                                 Checker(),
                                 Common()}),
                  .price = PerMegapixel(25'000)});
  // fal-api §1.3: 4 steps and at most 12, whatever the newest types say.
  rows.push_back({.name = "text-to-image/schnell",
                  .kind = v1::MODEL_KIND_TEXT_TO_IMAGE,
                  .fal_endpoint = "fal-ai/flux/schnell",
                  .rules = Join({{Prompt(), Size("landscape_4_3"), Steps(1, 12, "4"), Guidance(1, 20, "3.5"),
                                  Acceleration({"none", "regular", "high"})},
                                 Checker(),
                                 Common()}),
                  .price = PerMegapixel(3'000)});
  // fal-api §1.3: no size, the result follows the input. The price (§8) is unconfirmed.
  rows.push_back({.name = "image-to-image",
                  .kind = v1::MODEL_KIND_IMAGE_TO_IMAGE,
                  .fal_endpoint = "fal-ai/flux/dev/image-to-image",
                  .rules = Join({{Prompt(), Image(), Strength("0.95"), Steps(10, 50, "40"),
                                  Guidance(1, 20, "3.5"), Acceleration({"none", "regular", "high"})},
                                 Checker(),
                                 Common()}),
                  .price = PerMegapixel(30'000)});
  // fal-api §1.4: flux/dev/inpainting does not exist; this app without LoRAs is the one that does the same.
  rows.push_back({.name = "inpainting",
                  .kind = v1::MODEL_KIND_INPAINTING,
                  .fal_endpoint = "fal-ai/flux-lora/inpainting",
                  .rules = Join({{Prompt(), Image(), Mask(), Strength("0.85"), Size(""), Steps(1, 50, "28"),
                                  Guidance(0, 35, "3.5"), Acceleration({"none", "regular"})},
                                 Checker(),
                                 Common()}),
                  .price = PerMegapixel(35'000)});
  return Catalogue(std::move(rows));
}

const ModelRow* Catalogue::Find(std::string_view name, v1::ModelKind kind) const {
  const auto row =
      std::ranges::find_if(rows_, [&](const ModelRow& one) { return one.name == name && one.kind == kind; });
  return row == rows_.end() ? nullptr : &*row;
}

std::vector<std::string> Catalogue::Names() const {
  std::vector<std::string> names;
  for (const ModelRow& row : rows_) names.push_back(row.name);
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());  // clang 14 has no ranges::unique
  return names;
}

}  // namespace flux::service
