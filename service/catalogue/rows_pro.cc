// The rows of the FLUX.1 pro models. Read from fal-api §1.3 and §1.4; the ranges of steps and guidance are
// unconfirmed. Prices are from §8 and §13.
#include <string>
#include <utility>

#include "service/catalogue/rows.h"
#include "service/catalogue/rules.h"
#include "service/catalogue/size.h"

namespace flux::service {
namespace {

using namespace rules;  // NOLINT: rows are written in its words

FieldRule Needed(FieldRule rule) {
  rule.required = true;
  return rule;
}

constexpr auto kForwarded = ToleranceStyle::kForwarded;

Rules Pro() {
  return Join({{Prompt(), Size("landscape_4_3"), Steps(1, 50, "28"), Guidance(1, 20, "3.5")},
               Tolerance(6),
               Common()});
}

Rules ProRedux() {
  return Join({{OptionalPrompt(), Image(), Size("landscape_4_3"), Steps(1, 50, "28"), Guidance(1, 20, "3.5"),
                EnhancePrompt()},
               Tolerance(6),
               Common()});
}

// Up to 4 megapixels, of a ratio; the ratios that fal lists are not the only ones it takes.
Rules Ultra() {
  return Join({{rules::AspectRatio({}, "16:9"), Raw(), EnhancePrompt()}, Tolerance(6), Common()});
}

constexpr const char* kPrice = "Its price is not published; the nearest sibling's stands for it.";

// A model that fal's catalogue has no more.
std::string Unlisted(const std::string& app) {
  return "fal no longer lists " + app +
         " and may end it at any time; use a v1.1 or newer model, or point it elsewhere in the catalogue "
         "file.";
}

// The picture of a person and that of a garment, each with a limit of its own.
Rules TryOn() {
  FieldRule human = Image();
  human.fal_name = "human_image_url";
  human.most_pixels = 2 * kMegapixel;
  FieldRule garment = ImageExtra("garment_image_url");
  garment.most_pixels = kMegapixel;
  return {Prompt(), std::move(human), std::move(garment),
          Seed(),   SyncMode(),       Format({"jpeg", "png"}, "jpeg")};
}

}  // namespace

std::vector<ModelRow> ProRows() {
  constexpr auto kText = v1::MODEL_KIND_TEXT_TO_IMAGE;
  constexpr auto kImage = v1::MODEL_KIND_IMAGE_TO_IMAGE;
  return {
      // Whether fal still serves it is unconfirmed; the catalogue file can point it elsewhere.
      {.name = "text-to-image/pro",
       .kind = kText,
       .fal_endpoint = "fal-ai/flux-pro",
       .rules = Pro(),
       .tolerance = kForwarded,
       .price = PerMegapixel(50'000),
       .unconfirmed = kPrice,
       .deprecated = Unlisted("fal-ai/flux-pro")},
      {.name = "text-to-image/pro-new",
       .kind = kText,
       .fal_endpoint = "fal-ai/flux-pro/new",
       .rules = Join({Pro(), {EnhancePrompt()}}),
       .tolerance = kForwarded,
       .price = PerMegapixel(50'000),
       .unconfirmed = kPrice,
       .deprecated = Unlisted("fal-ai/flux-pro/new")},
      {.name = "text-to-image/pro-v1.1",
       .kind = kText,
       .fal_endpoint = "fal-ai/flux-pro/v1.1",
       .rules = Join({{Prompt(), Size("landscape_4_3"), EnhancePrompt()}, Tolerance(6), Common()}),
       .tolerance = kForwarded,
       .price = PerMegapixel(40'000)},
      {.name = "text-to-image/pro-v1.1-ultra",
       .kind = kText,
       .fal_endpoint = "fal-ai/flux-pro/v1.1-ultra",
       .rules = Join({{Prompt()}, Ultra()}),
       .size = SizeStyle::kRatio,
       .tolerance = kForwarded,
       .price = PerImage(60'000)},
      {.name = "text-to-image/pro-v1.1-ultra-finetuned",
       .kind = kText,
       .fal_endpoint = "fal-ai/flux-pro/v1.1-ultra-finetuned",
       .rules = Join({{Prompt(), Needed(Extra("finetune_id", v1::PARAMETER_TYPE_STRING)),
                       Needed(NumberExtra("finetune_strength", 0, 2, ""))},
                      Ultra()}),
       .size = SizeStyle::kRatio,
       .tolerance = kForwarded,
       .price = PerImage(70'000),
       .unconfirmed = "Its price and the range of finetune_strength are not published."},
      {.name = "image-to-image/pro-v1.1-ultra",
       .kind = kImage,
       .fal_endpoint = "fal-ai/flux-pro/v1.1-ultra",
       .rules = Join({{Prompt(), Image(), ImagePromptStrength()}, Ultra()}),
       .size = SizeStyle::kRatio,
       .tolerance = kForwarded,
       .price = PerImage(60'000)},
      {.name = "image-to-image/pro-v1-redux",
       .kind = kImage,
       .fal_endpoint = "fal-ai/flux-pro/v1/redux",
       .rules = ProRedux(),
       .tolerance = kForwarded,
       .price = PerMegapixel(50'000),
       .unconfirmed = kPrice,
       .deprecated = Unlisted("fal-ai/flux-pro/v1/redux")},
      {.name = "image-to-image/pro-v1.1-redux",
       .kind = kImage,
       .fal_endpoint = "fal-ai/flux-pro/v1.1/redux",
       .rules = ProRedux(),
       .tolerance = kForwarded,
       .price = PerMegapixel(40'000),
       .unconfirmed = kPrice},
      {.name = "image-to-image/pro-v1.1-ultra-redux",
       .kind = kImage,
       .fal_endpoint = "fal-ai/flux-pro/v1.1-ultra/redux",
       .rules = Join({{OptionalPrompt(), Image(), ImagePromptStrength()}, Ultra()}),
       .size = SizeStyle::kRatio,
       .tolerance = kForwarded,
       .price = PerImage(60'000),
       .unconfirmed = kPrice},
      {.name = "image-to-image/pro-vto",
       .kind = kImage,
       .fal_endpoint = "fal-ai/flux-pro/v1/vto",
       .rules = TryOn(),
       .tolerance = kForwarded,
       .price = FirstAndFurther(37'500, 5'000),
       .unconfirmed = "Its price was seen elsewhere and is not confirmed by fal."},
      {.name = "inpainting/pro-fill",
       .kind = v1::MODEL_KIND_INPAINTING,
       .fal_endpoint = "fal-ai/flux-pro/v1/fill",
       .rules = Join({{Prompt(), Image(), Mask(), EnhancePrompt()}, Tolerance(6), Common()}),
       .tolerance = kForwarded,
       .price = PerMegapixel(50'000)},
  };
}

}  // namespace flux::service
