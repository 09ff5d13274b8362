// The rows of the open FLUX.1 apps that take weights, a control, or a picture of their own kind. Read from
// fal-api §13 and from fal's own types for its clients; ranges that neither tells are those of flux-lora.
#include <utility>

#include "service/catalogue/rows.h"
#include "service/catalogue/rules.h"

namespace flux::service {
namespace {

using namespace rules;  // NOLINT: rows are written in its words

constexpr const char* kGuess = "Its price is not published; the nearest sibling's stands for it.";
constexpr const char* kSeen = "Its price was seen elsewhere and is not confirmed by fal.";

Rules Lora(std::string size) {
  return Join({{Prompt(), Size(std::move(size)), Steps(1, 50, "28"), Guidance(0, 35, "3.5"), Loras(),
                Acceleration({"none", "regular"}, "none")},
               Checker(),
               Common()});
}

Rules LoraImageToImage() {
  return Join({Lora(""), {Image(), Strength("0.85")}});
}

// The picture's edges or depths are what is kept of it.
Rules LoraOutline() {
  return Join({Lora(""), {Image()}});
}

Rules General(std::string size) {
  return Join({{Prompt(), Size(std::move(size)), Steps(1, 50, "28"), Guidance(0, 35, "3.5"), NegativePrompt(),
                Loras(), NumImages(10), Seed(), SyncMode(), Format({"jpeg", "png"}, "png")},
               Checker(),
               GeneralExtras()});
}

Rules Control(std::string size) {
  return Join(
      {{Prompt(), Size(std::move(size)), ImageExtra("control_lora_image_url"),
        NumberExtra("control_lora_strength", 0, 2, "1"), Steps(1, 50, "28"), Guidance(0, 35, "3.5"), Loras()},
       Checker(),
       Common()});
}

Rules ControlImageToImage() {
  return Join({Control(""), {Image(), Strength("0.85")}});
}

// A size by ratio under another name; the ranges are the siblings'.
Rules KontextLora() {
  FieldRule resolution = AspectRatio({"match_input", "auto", "1:1", "16:9", "21:9", "3:2", "2:3", "4:5",
                                      "5:4", "3:4", "4:3", "9:16", "9:21"},
                                     "match_input");
  resolution.fal_name = "resolution_mode";
  return Join({{Prompt(), SingleImage(), std::move(resolution), Steps(10, 50, "30"), Guidance(0, 20, "2.5"),
                Loras(), Acceleration({"none", "regular", "high"}, "none")},
               Checker(),
               Common("png")});
}

Rules KontextLoraText() {
  return Join({{Prompt(), Size("landscape_4_3"), Steps(10, 50, "30"), Guidance(0, 20, "2.5"), Loras(),
                Acceleration({"none", "regular", "high"}, "none")},
               Checker(),
               Common("png")});
}

Rules Subject() {
  return Join({{Prompt(), Image(), Size("square_hd"), Steps(1, 50, "8"), Guidance(0, 35, "3.5")},
               Checker(),
               Common("png")});
}

// One picture at a time, in a format of the app's own.
Rules Pulid() {
  return Join({{Prompt(), NegativePrompt(), ImageExtra("reference_image_url"), Size("landscape_4_3"),
                Steps(1, 50, "20"), Guidance(1, 20, "4"), NumberExtra("id_weight", 0, 3, "1"),
                NumberExtra("true_cfg", 1, 10, "1"), IntegerExtra("start_step", 0, 50, "0"),
                ChoiceExtra("max_sequence_length", {"128", "256", "512"}, "128"), Seed(), SyncMode()},
               Checker()});
}

ModelRow Make(std::string name, std::string endpoint, Rules rules, std::uint64_t micro_usd,
              std::string unconfirmed = {}) {
  const v1::ModelKind kind = KindOf(name);
  return {.name = std::move(name),
          .kind = kind,
          .fal_endpoint = std::move(endpoint),
          .rules = std::move(rules),
          .price = PerMegapixel(micro_usd),
          .unconfirmed = std::move(unconfirmed)};
}

ModelRow ByRatio(ModelRow row) {
  row.size = SizeStyle::kRatio;
  return row;
}

}  // namespace

std::vector<ModelRow> LoraRows() {
  Rules depth = Join({Control("landscape_4_3"), {SwitchExtra("preprocess_depth", "true")}});
  return {
      Make("text-to-image/lora", "fal-ai/flux-lora", Lora("landscape_4_3"), 35'000),
      Make("text-to-image/krea-lora", "fal-ai/flux-krea-lora", Lora("landscape_4_3"), 35'000, kGuess),
      Make("text-to-image/general", "fal-ai/flux-general", General("landscape_4_3"), 75'000),
      Make("text-to-image/kontext-lora", "fal-ai/flux-kontext-lora/text-to-image", KontextLoraText(), 35'000,
           kSeen),
      Make("text-to-image/control-lora-canny", "fal-ai/flux-control-lora-canny", Control("landscape_4_3"),
           40'000, kSeen),
      Make("text-to-image/control-lora-depth", "fal-ai/flux-control-lora-depth", std::move(depth), 40'000,
           kSeen),
      Make("text-to-image/pulid", "fal-ai/flux-pulid", Pulid(), 35'000,
           "Its price and the ranges of id_weight, true_cfg and start_step are not published."),
      Make("image-to-image/lora", "fal-ai/flux-lora/image-to-image", LoraImageToImage(), 35'000, kGuess),
      Make("image-to-image/krea-lora", "fal-ai/flux-krea-lora/image-to-image", LoraImageToImage(), 35'000,
           kGuess),
      Make("image-to-image/lora-canny", "fal-ai/flux-lora-canny", LoraOutline(), 35'000, kGuess),
      Make("image-to-image/lora-depth", "fal-ai/flux-lora-depth", LoraOutline(), 35'000, kGuess),
      Make("image-to-image/general", "fal-ai/flux-general/image-to-image",
           Join({General(""), {Image(), Strength("0.85")}}), 75'000, kGuess),
      Make("image-to-image/control-lora-canny", "fal-ai/flux-control-lora-canny/image-to-image",
           ControlImageToImage(), 40'000, kSeen),
      Make("image-to-image/control-lora-depth", "fal-ai/flux-control-lora-depth/image-to-image",
           ControlImageToImage(), 40'000, kSeen),
      Make("image-to-image/subject", "fal-ai/flux-subject", Subject(), 35'000, kGuess),
      ByRatio(Make("edit/kontext-lora", "fal-ai/flux-kontext-lora", KontextLora(), 35'000, kSeen)),
  };
}

}  // namespace flux::service
