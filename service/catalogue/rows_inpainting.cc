// The rows of the open inpainting models. Read from fal-api §1.4: fal-ai/flux/dev/inpainting does not exist,
// and fal-ai/flux-lora/inpainting without LoRAs does the same. Prices are from §8; those of krea, general and
// fill are unconfirmed and follow flux-lora.
#include <utility>

#include "service/catalogue/rows.h"
#include "service/catalogue/rules.h"

namespace flux::service {
namespace {

using namespace rules;  // NOLINT: rows are written in its words

Rules Lora() {
  return Join({{Prompt(), Image(), Mask(), Strength("0.85"), Size(""), Steps(1, 50, "28"),
                Guidance(0, 35, "3.5"), Loras(), Acceleration({"none", "regular"}, "none")},
               Checker(),
               Common()});
}

FieldRule Extra(std::string name, v1::ParameterType type, std::string default_text = {}) {
  return {.field = Field::kExtra,
          .fal_name = std::move(name),
          .type = type,
          .default_text = std::move(default_text)};
}

FieldRule Number(std::string name, double minimum, double maximum, std::string default_text) {
  FieldRule rule = Extra(std::move(name), v1::PARAMETER_TYPE_NUMBER, std::move(default_text));
  rule.minimum = minimum;
  rule.maximum = maximum;
  return rule;
}

FieldRule Switch(std::string name, std::string default_text = "false") {
  return Extra(std::move(name), v1::PARAMETER_TYPE_BOOLEAN, std::move(default_text));
}

FieldRule Objects(std::string name) {
  return Extra(std::move(name), v1::PARAMETER_TYPE_OBJECTS);
}

// A picture for the masked part: {fill_image_url, in_context_fill, use_prompt}.
FieldRule FillImage() {
  return Extra("fill_image", v1::PARAMETER_TYPE_OBJECT);
}

// Shares (of the steps, of a weight) are 0 to 1; the other ranges are unconfirmed and kept wide.
Rules GeneralExtras() {
  FieldRule scheduler = Extra("scheduler", v1::PARAMETER_TYPE_STRING, "euler");
  scheduler.allowed = {"euler", "dpmpp_2m"};
  return {std::move(scheduler),
          Extra("sigma_schedule", v1::PARAMETER_TYPE_STRING),
          Switch("use_beta_schedule"),
          Number("base_shift", 0, 100, "0.5"),
          Number("max_shift", 0, 100, "1.15"),
          Number("nag_scale", 0, 100, "3"),
          Number("nag_tau", 0, 100, "2.5"),
          Number("nag_alpha", 0, 1, "0.25"),
          Number("nag_end", 0, 1, "0.25"),
          Switch("use_real_cfg"),
          Number("real_cfg_scale", 0, 100, "3.5"),
          Switch("use_cfg_zero"),
          Extra("reference_image_url", v1::PARAMETER_TYPE_IMAGE),
          Number("reference_strength", 0, 100, "0.65"),
          Number("reference_start", 0, 1, "0"),
          Number("reference_end", 0, 1, "1"),
          Objects("controlnets"),
          Objects("controlnet_unions"),
          Objects("control_loras"),
          Objects("easycontrols"),
          Objects("ip_adapters"),
          FillImage()};
}

// No acceleration. The ranges of steps, guidance and strength are those of flux-lora.
Rules General() {
  return Join({{Prompt(), Image(), Mask(), Strength("0.85"), Size(""), Steps(1, 50, "28"),
                Guidance(0, 35, "3.5"), NegativePrompt(), Loras()},
               Checker(),
               Common("png"),
               GeneralExtras()});
}

// A fill needs a guidance of 30 or so, and its range goes on where the others' end; its limit is unconfirmed.
Rules Fill() {
  return Join({{OptionalPrompt(), Image(), Mask(), Size(""), Steps(1, 50, "28"), Guidance(0, 100, "30"),
                Loras(), Acceleration({"none", "regular"}, "none")},
               Checker(),
               Common(),
               {Switch("paste_back", "true"), Switch("resize_to_original"), FillImage()}});
}

ModelRow Make(std::string name, std::string endpoint, Rules rules) {
  return {.name = std::move(name),
          .kind = v1::MODEL_KIND_INPAINTING,
          .fal_endpoint = std::move(endpoint),
          .rules = std::move(rules),
          .price = PerMegapixel(35'000)};
}

}  // namespace

std::vector<ModelRow> InpaintingRows() {
  return {
      Make("inpainting", "fal-ai/flux-lora/inpainting", Lora()),
      Make("inpainting/krea", "fal-ai/flux-krea-lora/inpainting", Lora()),
      Make("inpainting/general", "fal-ai/flux-general/inpainting", General()),
      Make("inpainting/lora-fill", "fal-ai/flux-lora-fill", Fill()),
  };
}

}  // namespace flux::service
