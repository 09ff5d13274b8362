// How large a picture will be, and what it costs in fal's units (fal-api §1.1, §1.3, §8).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "sim/apps/models.h"
#include "sim/json.h"

namespace flux::sim {

struct Pixels {
  int width = 0;
  int height = 0;
  bool operator==(const Pixels&) const = default;
  std::int64_t Area() const { return std::int64_t{width} * height; }
};

inline constexpr int kMostSide = 14142;         // per side of {width, height} and of an input
inline constexpr int kSideWhenOmitted = 512;    // of {width, height}: {} is 512x512
inline constexpr Pixels kUsualSize{1024, 768};  // landscape_4_3

// The names of the presets, in fal's order.
inline constexpr std::string_view kSizePresets[] = {"square_hd",     "square",        "portrait_4_3",
                                                    "portrait_16_9", "landscape_4_3", "landscape_16_9"};

// The size that checked values ask for: image_size, aspect_ratio or resolution_mode; else, and for "auto" and
// "match_input", the input's; else 1024x768. fal does not tell the pixels of a ratio: those here are the
// usual ones of the models, about one megapixel, or four when `ratio_megapixels` is 4. Another ratio than
// fal's nine is computed when it reads W:H and is from 21:9 to 9:21; anything else has no size (UNCONFIRMED:
// fal-api §1.3 says only that the limits are checked after the schema).
std::optional<Pixels> SizeOf(const Given& values, std::optional<Pixels> input, int ratio_megapixels);

// The same for a model that says more: a `resolution` decides how many pixels a ratio has (fal-api §12), a
// picture grows by what is added to its sides, or by a factor (§13).
std::optional<Pixels> ResultSize(const Model& model, const Given& values, std::optional<Pixels> input);

// What fal bills for `images` pictures of `size`: see Unit. A picture handed in whose size is not known
// counts one megapixel. Whole numbers, but for a `resolution`, whose unit is the price of "1k" (UNCONFIRMED:
// fal publishes a price for each, and none for "512sq", which is billed as "768sq" here).
double BillableUnits(const Model& model, const Given& values, Pixels size, std::int64_t images,
                     std::span<const std::optional<Pixels>> inputs);

}  // namespace flux::sim
