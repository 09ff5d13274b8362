// The rows of FLUX 3. Read from fal-api §12. The price is that of one picture of each class of pixels; what
// fal counts as a unit is not published, and a unit is taken to be the price of "1k".
#include <utility>

#include "service/catalogue/rows.h"
#include "service/catalogue/rules.h"
#include "service/catalogue/size.h"

namespace flux::service {
namespace {

using namespace rules;  // NOLINT: rows are written in its words

constexpr std::uint64_t kOneK = 48'000;
constexpr std::uint32_t kLeastSide = 256;

// A ratio and a class of pixels; a tolerance that is a number; no seed, and one picture at a time.
Rules Common3() {
  return {Prompt(),
          rules::AspectRatio({"auto", "21:9", "2:1", "16:9", "3:2", "7:5", "4:3", "5:4", "1:1", "4:5", "3:4",
                              "5:7", "2:3", "9:16", "1:2"},
                             "auto"),
          Resolution({"512sq", "768sq", "1k", "2k", "4k"}, "1k"),
          NumberTolerance(4),
          Format({"jpeg", "png"}, "jpeg"),
          EnhancePrompt("enable_prompt_expansion"),
          SyncMode()};
}

FieldRule References() {
  FieldRule rule = Images(10);
  rule.least_side = kLeastSide;
  rule.most_pixels = 4 * kMegapixel;
  return rule;
}

// "4k" takes several minutes, and one in a hundred of the others more than three. The price of "512sq" is not
// known to anybody; it is not more than that of the next class.
ModelRow Make(std::string name, std::string endpoint, Rules rules) {
  const v1::ModelKind kind = KindOf(name);
  return {
      .name = std::move(name),
      .kind = kind,
      .fal_endpoint = std::move(endpoint),
      .rules = std::move(rules),
      .size = SizeStyle::kClass,
      .tolerance = ToleranceStyle::kNumber,
      .price = PerImage(kOneK),
      .class_prices = {{"512sq", 41'000}, {"768sq", 41'000}, {"1k", kOneK}, {"2k", 100'000}, {"4k", 607'000}},
      .longest = std::chrono::minutes(10),
      .unconfirmed =
          "Only the price of 1k is published by fal; those of the other resolutions were seen "
          "elsewhere, and that of 512sq is a guess."};
}

}  // namespace

std::vector<ModelRow> Flux3Rows() {
  return {
      Make("text-to-image/flux-3", "blackforestlabs/flux-3/text-to-image", Common3()),
      Make("edit/flux-3", "blackforestlabs/flux-3/edit-image", Join({Common3(), {References()}})),
  };
}

}  // namespace flux::service
