// The rows of the open inpainting models. Read from fal-api §1.4: fal-ai/flux/dev/inpainting does not exist,
// and fal-ai/flux-lora/inpainting without LoRAs does the same. Prices are from §8 and §13; those of krea and
// fill follow flux-lora, that of general is fal-ai/flux-general's.
#include <utility>

#include "service/catalogue/rows.h"
#include "service/catalogue/rules.h"

namespace flux::service {
namespace {

using namespace rules;  // NOLINT: rows are written in its words

constexpr const char* kGuess = "Its price is not published; the nearest sibling's stands for it.";

Rules Lora() {
  return Join({{Prompt(), Image(), Mask(), Strength("0.85"), Size(""), Steps(1, 50, "28"),
                Guidance(0, 35, "3.5"), Loras(), Acceleration({"none", "regular"}, "none")},
               Checker(),
               Common()});
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
               {SwitchExtra("paste_back", "true"), SwitchExtra("resize_to_original"),
                Extra("fill_image", v1::PARAMETER_TYPE_OBJECT)}});
}

// A mask shows what is taken away; no prompt. Three megapixels of what is handed in are billed at least.
ModelRow Erase() {
  UnitPrice price = FirstAndFurther(30'000, 4'000);
  price.least_input = 3;
  return {.name = "inpainting/pro-erase",
          .kind = v1::MODEL_KIND_INPAINTING,
          .fal_endpoint = "fal-ai/flux-pro/v1/erase",
          .rules = {Image(), Mask(), IntegerExtra("dilate_pixels", 0, 25, "10"), SyncMode(),
                    Format({"jpeg", "png"}, "jpeg")},
          .price = price,
          .unconfirmed = "Its price was seen elsewhere and is not confirmed by fal."};
}

ModelRow Make(std::string name, std::string endpoint, Rules rules, std::uint64_t micro_usd,
              std::string unconfirmed = {}) {
  return {.name = std::move(name),
          .kind = v1::MODEL_KIND_INPAINTING,
          .fal_endpoint = std::move(endpoint),
          .rules = std::move(rules),
          .price = PerMegapixel(micro_usd),
          .unconfirmed = std::move(unconfirmed)};
}

}  // namespace

std::vector<ModelRow> InpaintingRows() {
  return {
      Make("inpainting", "fal-ai/flux-lora/inpainting", Lora(), 35'000),
      Make("inpainting/krea", "fal-ai/flux-krea-lora/inpainting", Lora(), 35'000, kGuess),
      Make("inpainting/general", "fal-ai/flux-general/inpainting", General(), 75'000, kGuess),
      Make("inpainting/lora-fill", "fal-ai/flux-lora-fill", Fill(), 35'000, kGuess),
      Erase(),
  };
}

}  // namespace flux::service
