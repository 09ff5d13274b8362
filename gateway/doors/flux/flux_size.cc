// Three ways to say it: a name, a ratio, two sides.
#include "gateway/doors/flux/flux_size.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "gateway/doors/loose_json.h"

namespace flux::gateway {
namespace {

constexpr std::array<std::pair<std::string_view, v1::SizePreset>, 8> kSizeNames = {{
    {"square_hd", v1::SIZE_PRESET_SQUARE_HD},
    {"square", v1::SIZE_PRESET_SQUARE},
    {"portrait_4_3", v1::SIZE_PRESET_PORTRAIT_4_3},
    {"portrait_16_9", v1::SIZE_PRESET_PORTRAIT_16_9},
    {"landscape_4_3", v1::SIZE_PRESET_LANDSCAPE_4_3},
    {"landscape_16_9", v1::SIZE_PRESET_LANDSCAPE_16_9},
    {"auto", v1::SIZE_PRESET_AUTO},
    {"match_input", v1::SIZE_PRESET_MATCH_INPUT},
}};

// A side that is not said is fal's own default.
std::string_view ReadDimensions(const nlohmann::json& value, v1::Dimensions& out) {
  constexpr std::string_view kWanted =
      "must have \"width\" and \"height\", whole numbers from 1 to 14142, and nothing else";
  constexpr std::uint32_t kFalsSide = 512;
  out.set_width(kFalsSide);
  out.set_height(kFalsSide);
  for (const auto& [name, side] : value.items()) {
    if (SaysNothing(side)) continue;
    const std::optional<std::uint64_t> pixels = WholeNumberOf(side);
    if (!pixels || *pixels > std::numeric_limits<std::uint32_t>::max()) return kWanted;
    if (name == "width") {
      out.set_width(static_cast<std::uint32_t>(*pixels));
    } else if (name == "height") {
      out.set_height(static_cast<std::uint32_t>(*pixels));
    } else {
      return kWanted;
    }
  }
  return {};
}

}  // namespace

std::string_view ReadImageSize(const nlohmann::json& value, v1::ImageSize& out) {
  constexpr std::string_view kWanted =
      "must be a ratio such as \"16:9\", one of square_hd, square, portrait_4_3, portrait_16_9, "
      "landscape_4_3, "
      "landscape_16_9, or {\"width\":…,\"height\":…}";
  if (value.is_object()) return ReadDimensions(value, *out.mutable_dimensions());
  const std::string_view text = WordOf(value);
  if (text.find(':') != std::string_view::npos) {
    out.set_aspect_ratio(std::string(text));
    return {};
  }
  const auto named = std::ranges::find(kSizeNames, text, &std::pair<std::string_view, v1::SizePreset>::first);
  if (named == kSizeNames.end()) return kWanted;
  out.set_preset(named->second);
  return {};
}

}  // namespace flux::gateway
