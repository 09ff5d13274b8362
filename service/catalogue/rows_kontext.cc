// The rows of FLUX.1 Kontext. Read from fal-api §1.3 and §1.4, prices from §8; the price of `max` is that of
// the model's makers (BFL), and the price of the inpainting app follows flux-lora.
#include <utility>

#include "service/catalogue/rows.h"
#include "service/catalogue/rules.h"

namespace flux::service {
namespace {

using namespace rules;  // NOLINT: rows are written in its words

// The default ratio is the picture's own on edits.
Rules Hosted(FieldRule ratio) {
  return Join(
      {{Prompt(), std::move(ratio), Guidance(1, 20, "3.5"), EnhancePrompt()}, Tolerance(6), Common()});
}

constexpr const char* kMakers = "Its price is that of the model's makers and not confirmed by fal.";

ModelRow TextToImage(std::string name, std::string endpoint, std::uint64_t micro_usd,
                     std::string unconfirmed = {}) {
  return {.name = std::move(name),
          .kind = v1::MODEL_KIND_TEXT_TO_IMAGE,
          .fal_endpoint = std::move(endpoint),
          .rules = Hosted(AspectRatio(AspectRatios(), "1:1")),
          .size = SizeStyle::kRatio,
          .tolerance = ToleranceStyle::kForwarded,
          .price = PerImage(micro_usd),
          .unconfirmed = std::move(unconfirmed)};
}

ModelRow Edit(std::string name, std::string endpoint, FieldRule images, std::uint64_t micro_usd,
              std::string unconfirmed = {}) {
  return {.name = std::move(name),
          .kind = v1::MODEL_KIND_EDIT,
          .fal_endpoint = std::move(endpoint),
          .rules = Join({Hosted(AspectRatio(AspectRatios(), "")), {std::move(images)}}),
          .size = SizeStyle::kRatio,
          .tolerance = ToleranceStyle::kForwarded,
          .price = PerImage(micro_usd),
          .unconfirmed = std::move(unconfirmed)};
}

// A size by ratio under another name; the range of steps is the sibling's, the one of guidance unconfirmed.
Rules Dev() {
  FieldRule resolution = AspectRatio({"match_input", "auto", "1:1", "16:9", "21:9", "3:2", "2:3", "4:5",
                                      "5:4", "3:4", "4:3", "9:16", "9:21"},
                                     "match_input");
  resolution.fal_name = "resolution_mode";
  return Join({{Prompt(), SingleImage(), std::move(resolution), Steps(10, 50, "28"), Guidance(1, 20, "2.5"),
                Acceleration({"none", "regular", "high"}, "none")},
               Checker(),
               Common()});
}

// Needs a third picture, which shows what to put in place of the masked part. The range of guidance is that
// of fal's page of the app, the acceleration that of flux-kontext/dev.
Rules Inpaint() {
  return Join({{Prompt(),
                Image(),
                Mask(),
                Strength("0.88"),
                Steps(10, 50, "30"),
                Guidance(0, 20, "2.5"),
                Loras(),
                Acceleration({"none", "regular", "high"}, "none"),
                {.field = Field::kExtra,
                 .fal_name = "reference_image_url",
                 .type = v1::PARAMETER_TYPE_IMAGE,
                 .required = true}},
               Checker(),
               Common("png")});
}

}  // namespace

std::vector<ModelRow> KontextRows() {
  // fal tells no limit for the pictures of `multi`; four is BFL's.
  constexpr double kMost = 4;
  return {
      TextToImage("text-to-image/kontext-pro", "fal-ai/flux-pro/kontext/text-to-image", 40'000),
      TextToImage("text-to-image/kontext-max", "fal-ai/flux-pro/kontext/max/text-to-image", 80'000, kMakers),
      Edit("edit/kontext-pro", "fal-ai/flux-pro/kontext", SingleImage(), 40'000),
      Edit("edit/kontext-max", "fal-ai/flux-pro/kontext/max", SingleImage(), 80'000, kMakers),
      Edit("edit/kontext-pro-multi", "fal-ai/flux-pro/kontext/multi", Images(kMost), 40'000),
      Edit("edit/kontext-max-multi", "fal-ai/flux-pro/kontext/max/multi", Images(kMost), 80'000, kMakers),
      {.name = "edit/kontext-dev",
       .kind = v1::MODEL_KIND_EDIT,
       .fal_endpoint = "fal-ai/flux-kontext/dev",
       .rules = Dev(),
       .size = SizeStyle::kRatio,
       .price = PerMegapixel(25'000)},
      {.name = "inpainting/kontext",
       .kind = v1::MODEL_KIND_INPAINTING,
       .fal_endpoint = "fal-ai/flux-kontext-lora/inpaint",
       .rules = Inpaint(),
       .price = PerMegapixel(35'000),
       .unconfirmed = "Its price is not published; that of flux-lora stands for it."},
  };
}

}  // namespace flux::service
