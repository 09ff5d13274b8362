// Presets and billing.
#include "sim/size.h"

#include <algorithm>
#include <iterator>
#include <string>

namespace flux::sim {
namespace {

constexpr std::string_view kNames[] = {"square_hd",     "square",        "portrait_4_3",
                                       "portrait_16_9", "landscape_4_3", "landscape_16_9"};
constexpr Pixels kSizes[] = {{1024, 1024}, {512, 512}, {768, 1024}, {576, 1024}, {1024, 768}, {1024, 576}};
static_assert(std::size(kNames) == std::size(kSizes));

constexpr std::int64_t kMegapixel = 1024 * 1024;

}  // namespace

std::span<const std::string_view> SizePresets() {
  return kNames;
}

Pixels SizeOf(const Given& values, std::optional<Pixels> input) {
  const auto asked = values.find("image_size");
  if (asked == values.end() || asked->is_null()) return input.value_or(kUsualSize);
  if (asked->is_object()) return {asked->at("width").get<int>(), asked->at("height").get<int>()};
  const auto* preset = std::ranges::find(kNames, asked->get<std::string>());
  return kSizes[preset - std::begin(kNames)];
}

std::int64_t BillableUnits(Pixels size, std::int64_t images) {
  return (size.Area() + kMegapixel - 1) / kMegapixel * images;
}

}  // namespace flux::sim
