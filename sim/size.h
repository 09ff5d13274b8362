// How large a picture will be (fal-api §1.1).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

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
std::span<const std::string_view> SizePresets();

// The size that checked values ask for: image_size, else the input's, else 1024x768.
Pixels SizeOf(const Given& values, std::optional<Pixels> input);

// Megapixels, each picture's rounded up, times pictures: what fal bills (fal-api §8).
std::int64_t BillableUnits(Pixels size, std::int64_t images);

}  // namespace flux::sim
