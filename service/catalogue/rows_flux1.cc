// The rows of the open FLUX.1 models. Read from fal-api §1.3 and §13, prices from §8.
#include <utility>

#include "service/catalogue/rows.h"
#include "service/catalogue/rules.h"

namespace flux::service {
namespace {

using namespace rules;  // NOLINT: rows are written in its words

Rules Dev(std::string acceleration, std::string guidance = "3.5") {
  return Join({{Prompt(), Size("landscape_4_3"), Steps(1, 50, "28"), Guidance(1, 20, std::move(guidance)),
                Acceleration({"none", "regular", "high"}, std::move(acceleration))},
               Checker(),
               Common()});
}

// 4 steps and at most 12, whatever the newest types say.
Rules Schnell(std::string acceleration) {
  return Join({{Prompt(), Size("landscape_4_3"), Steps(1, 12, "4"), Guidance(1, 20, "3.5"),
                Acceleration({"none", "regular", "high"}, std::move(acceleration))},
               Checker(),
               Common()});
}

// No size: the result follows the input.
Rules DevImageToImage(std::string acceleration, std::string guidance = "3.5") {
  return Join(
      {{Prompt(), Image(), Strength("0.95"), Steps(10, 50, "40"), Guidance(1, 20, std::move(guidance)),
        Acceleration({"none", "regular", "high"}, std::move(acceleration))},
       Checker(),
       Common()});
}

// Variations of a picture: no prompt.
Rules DevRedux(std::string acceleration, std::string guidance = "3.5") {
  return Join({{Image(), Size("landscape_4_3"), Steps(1, 50, "28"), Guidance(1, 20, std::move(guidance)),
                Acceleration({"none", "regular", "high"}, std::move(acceleration))},
               Checker(),
               Common()});
}

Rules SchnellRedux(std::string acceleration) {
  return Join({{Image(), Size("landscape_4_3"), Steps(1, 12, "4"),
                Acceleration({"none", "regular", "high"}, std::move(acceleration))},
               Checker(),
               Common()});
}

constexpr const char* kGuess = "Its price is not published; the nearest sibling's stands for it.";

}  // namespace

std::vector<ModelRow> Flux1Rows() {
  constexpr auto kText = v1::MODEL_KIND_TEXT_TO_IMAGE;
  constexpr auto kImage = v1::MODEL_KIND_IMAGE_TO_IMAGE;
  return {
      {.name = "text-to-image/dev",
       .kind = kText,
       .fal_endpoint = "fal-ai/flux/dev",
       .rules = Dev("none"),
       .price = PerMegapixel(25'000)},
      {.name = "text-to-image/schnell",
       .kind = kText,
       .fal_endpoint = "fal-ai/flux/schnell",
       .rules = Schnell("none"),
       .price = PerMegapixel(3'000)},
      {.name = "text-to-image/flux-1-dev",
       .kind = kText,
       .fal_endpoint = "fal-ai/flux-1/dev",
       .rules = Dev("regular"),
       .price = PerMegapixel(25'000),
       .unconfirmed = kGuess},
      {.name = "text-to-image/flux-1-schnell",
       .kind = kText,
       .fal_endpoint = "fal-ai/flux-1/schnell",
       .rules = Schnell("regular"),
       .price = PerMegapixel(3'000),
       .unconfirmed = kGuess},
      {.name = "text-to-image/krea",
       .kind = kText,
       .fal_endpoint = "fal-ai/flux-1/krea",
       .rules = Dev("regular", "4.5"),
       .price = PerMegapixel(25'000),
       .unconfirmed = kGuess},
      {.name = "image-to-image",
       .kind = kImage,
       .fal_endpoint = "fal-ai/flux/dev/image-to-image",
       .rules = DevImageToImage("none"),
       .price = PerMegapixel(30'000),
       .unconfirmed = kGuess},
      {.name = "image-to-image/flux-1-dev",
       .kind = kImage,
       .fal_endpoint = "fal-ai/flux-1/dev/image-to-image",
       .rules = DevImageToImage("regular"),
       .price = PerMegapixel(30'000),
       .unconfirmed = kGuess},
      {.name = "image-to-image/dev-redux",
       .kind = kImage,
       .fal_endpoint = "fal-ai/flux/dev/redux",
       .rules = DevRedux("none"),
       .price = PerMegapixel(25'000),
       .unconfirmed = kGuess},
      {.name = "image-to-image/schnell-redux",
       .kind = kImage,
       .fal_endpoint = "fal-ai/flux/schnell/redux",
       .rules = SchnellRedux("none"),
       .price = PerMegapixel(3'000),
       .unconfirmed = kGuess},
      {.name = "image-to-image/flux-1-dev-redux",
       .kind = kImage,
       .fal_endpoint = "fal-ai/flux-1/dev/redux",
       .rules = DevRedux("regular"),
       .price = PerMegapixel(25'000),
       .unconfirmed = kGuess},
      {.name = "text-to-image/flux-krea",
       .kind = kText,
       .fal_endpoint = "fal-ai/flux/krea",
       .rules = Dev("none", "4.5"),
       .price = PerMegapixel(25'000),
       .unconfirmed = kGuess},
      {.name = "text-to-image/srpo",
       .kind = kText,
       .fal_endpoint = "fal-ai/flux/srpo",
       .rules = Dev("none"),
       .price = PerMegapixel(25'000),
       .unconfirmed = kGuess},
      {.name = "text-to-image/flux-1-srpo",
       .kind = kText,
       .fal_endpoint = "fal-ai/flux-1/srpo",
       .rules = Dev("regular"),
       .price = PerMegapixel(25'000),
       .unconfirmed = kGuess},
      {.name = "image-to-image/krea",
       .kind = kImage,
       .fal_endpoint = "fal-ai/flux-1/krea/image-to-image",
       .rules = DevImageToImage("regular", "4.5"),
       .price = PerMegapixel(30'000),
       .unconfirmed = kGuess},
      {.name = "image-to-image/flux-krea",
       .kind = kImage,
       .fal_endpoint = "fal-ai/flux/krea/image-to-image",
       .rules = DevImageToImage("none", "4.5"),
       .price = PerMegapixel(30'000),
       .unconfirmed = kGuess},
      {.name = "image-to-image/srpo",
       .kind = kImage,
       .fal_endpoint = "fal-ai/flux/srpo/image-to-image",
       .rules = DevImageToImage("none"),
       .price = PerMegapixel(30'000),
       .unconfirmed = kGuess},
      {.name = "image-to-image/flux-1-srpo",
       .kind = kImage,
       .fal_endpoint = "fal-ai/flux-1/srpo/image-to-image",
       .rules = DevImageToImage("regular"),
       .price = PerMegapixel(30'000),
       .unconfirmed = kGuess},
      {.name = "image-to-image/krea-redux",
       .kind = kImage,
       .fal_endpoint = "fal-ai/flux-1/krea/redux",
       .rules = DevRedux("regular", "4.5"),
       .price = PerMegapixel(25'000),
       .unconfirmed = kGuess},
      {.name = "image-to-image/flux-krea-redux",
       .kind = kImage,
       .fal_endpoint = "fal-ai/flux/krea/redux",
       .rules = DevRedux("none", "4.5"),
       .price = PerMegapixel(25'000),
       .unconfirmed = kGuess},
      {.name = "image-to-image/flux-1-schnell-redux",
       .kind = kImage,
       .fal_endpoint = "fal-ai/flux-1/schnell/redux",
       .rules = SchnellRedux("regular"),
       .price = PerMegapixel(3'000),
       .unconfirmed = kGuess},
  };
}

}  // namespace flux::service
