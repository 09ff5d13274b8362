// The rows of models that make another picture of one, without a prompt. Read from fal-api §13 and from fal's
// own types for its clients.
#include <utility>

#include "service/catalogue/rows.h"
#include "service/catalogue/rules.h"

namespace flux::service {
namespace {

using namespace rules;  // NOLINT: rows are written in its words

constexpr auto kTransform = v1::MODEL_KIND_TRANSFORM;
constexpr double kMostExpansion = 2048;

FieldRule Renamed(FieldRule rule, std::string fal_name) {
  rule.fal_name = std::move(fal_name);
  return rule;
}

// The picture as the only member of a list.
FieldRule ListedImage() {
  FieldRule rule = Renamed(Image(), "image_urls");
  rule.list = true;
  return rule;
}

// No seed.
ModelRow Outpaint() {
  UnitPrice price = FirstAndFurther(30'000, 15'000);
  price.free_input = 1;
  return {.name = "transform/flux-2-pro-outpaint",
          .kind = kTransform,
          .fal_endpoint = "fal-ai/flux-2-pro/outpaint",
          .rules = Join(
              {{Image(), IntegerExtra("expand_top", 0, kMostExpansion, "0"),
                IntegerExtra("expand_bottom", 0, kMostExpansion, "0"),
                IntegerExtra("expand_left", 0, kMostExpansion, "0"),
                IntegerExtra("expand_right", 0, kMostExpansion, "0"), SwitchExtra("auto_crop"),
                ChoiceExtra("mode", {"high", "fast"}, "high"), SyncMode(), Format({"jpeg", "png"}, "jpeg")},
               Checker()}),
          .price = price,
          .growth = {.wider = {"expand_left", "expand_right"},
                     .taller = {"expand_top", "expand_bottom"},
                     .factor = {},
                     .most_side = 2560}};
}

// The prompt is written by a model that looks at the picture.
ModelRow Upscaler() {
  return {.name = "transform/vision-upscaler",
          .kind = kTransform,
          .fal_endpoint = "fal-ai/flux-vision-upscaler",
          .rules = Join(
              {{Image(), NumberExtra("upscale_factor", 1, 4, "2"), NumberExtra("creativity", 0, 1, "0.3"),
                Renamed(Steps(4, 50, "20"), "steps"), Renamed(Guidance(1, 4, "1"), "guidance"), Seed()},
               Checker()}),
          .price = PerMegapixel(100'000),
          .growth = {.wider = {}, .taller = {}, .factor = "upscale_factor"},
          .unconfirmed = "The range of creativity is not published."};
}

ModelRow Angles() {
  return {.name = "transform/flux-2-multiple-angles",
          .kind = kTransform,
          .fal_endpoint = "fal-ai/flux-2-lora-gallery/multiple-angles",
          .rules = Join({{ListedImage(), NumberExtra("horizontal_angle", 0, 360, "0"),
                          NumberExtra("vertical_angle", 0, 60, "0"), NumberExtra("zoom", 0, 10, "5"),
                          NumberExtra("lora_scale", 0, 4, "1"), Size(""), Steps(1, 50, "40"),
                          Guidance(0, 20, "2.5"), Acceleration({"none", "regular"}, "regular"), NumImages(),
                          Seed(), SyncMode(), Format({"jpeg", "png", "webp"}, "png")},
                         Checker()}),
          .price = PerMegapixelInOut(21'000),
          .unconfirmed = "Its price and its ranges are not published; those of flux-2/lora stand for them."};
}

}  // namespace

std::vector<ModelRow> TransformRows() {
  return {Outpaint(), Upscaler(), Angles()};
}

}  // namespace flux::service
