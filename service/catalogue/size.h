// Sizes: from the three ways to ask for one to what fal's `image_size` or `aspect_ratio` takes. Knows pixels;
// knows no model.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "flux/v1/generation.pb.h"

namespace flux::service {

// fal-api §8: what fal bills as one megapixel.
inline constexpr std::uint64_t kMegapixel = 1024 * 1024;

// A size as fal takes it. `preset` is fal's name for it, or empty where width and height are sent. The words
// "auto" and "match_input" have no pixels.
struct FalSize {
  std::string_view preset;
  std::uint32_t width = 0;
  std::uint32_t height = 0;

  std::uint64_t PixelCount() const { return std::uint64_t{width} * height; }
  bool operator==(const FalSize&) const = default;
};

// Width to height in lowest terms.
struct AspectRatio {
  std::uint32_t width = 0;
  std::uint32_t height = 0;

  bool operator==(const AspectRatio&) const = default;
};

// fal's six presets, by name and by enum value; nullopt for anything else.
std::optional<FalSize> FindPreset(std::string_view name);
std::optional<FalSize> FindPreset(v1::SizePreset preset);

// The six names, in fal's order.
std::span<const std::string_view> PresetNames();

// "auto" or "match_input": what a model decides by itself.
bool IsSizeWord(std::string_view name);

// "W:H" in decimal digits, each 1 to 100, between 1:4 and 4:1; nullopt for anything else.
std::optional<AspectRatio> ParseAspectRatio(std::string_view text);

// A ratio that a preset has becomes that preset. Every other becomes the pair of multiples of 16 with the
// most pixels within one megapixel among those whose ratio is at most 1 % off; the closer ratio wins a draw.
// The margin is the trade: exact pairs would cost "21:9" a seventh of its pixels and do not exist at all for
// "97:53". `ratio` is one that ParseAspectRatio can return.
FalSize SizeOfRatio(AspectRatio ratio);

// What to send for this size; nullopt where it is none (no member, unknown preset, bad ratio, a side of 0).
std::optional<FalSize> ToFalSize(const v1::ImageSize& size);

// What to send for this size to a model that takes the ratios and words of `allowed`, or any ratio where that
// is empty. A preset becomes its ratio. Of equal ratios ("32:18", "16:9") the allowed one is sent. nullopt
// where the model takes none of it: no such ratio or word, or an exact size, which a ratio could not keep.
std::optional<std::string_view> ToRatio(const v1::ImageSize& size, std::span<const std::string> allowed);

}  // namespace flux::service
