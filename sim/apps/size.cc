// Computes a picture's size from presets, ratios and objects, and how many units it is billed for.
#include "sim/apps/size.h"

#include <absl/strings/numbers.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <string>

namespace flux::sim {
namespace {

constexpr Pixels kSizes[] = {{1024, 1024}, {512, 512}, {768, 1024}, {576, 1024}, {1024, 768}, {1024, 576}};
static_assert(std::size(kSizePresets) == std::size(kSizes));

struct RatioRow {
  std::string_view ratio;
  Pixels one_megapixel, four_megapixels;
};

constexpr RatioRow kRatios[] = {
    {"21:9", {1552, 672}, {3136, 1344}}, {"16:9", {1392, 752}, {2752, 1536}},
    {"4:3", {1184, 880}, {2368, 1792}},  {"3:2", {1248, 832}, {2496, 1664}},
    {"5:4", {1104, 944}, {2272, 1824}},  {"1:1", {1024, 1024}, {2048, 2048}},
    {"4:5", {944, 1104}, {1824, 2272}},  {"2:3", {832, 1248}, {1664, 2496}},
    {"3:4", {880, 1184}, {1792, 2368}},  {"9:16", {752, 1392}, {1536, 2752}},
    {"9:21", {672, 1552}, {1344, 3136}},
};

constexpr std::int64_t kMegapixel = 1024 * 1024;
constexpr double kWidest = 21.0 / 9;

// Width by height; 0 for what is no ratio.
double Quotient(const std::string& text) {
  const auto colon = text.find(':');
  double width = 0, height = 0;
  if (colon == std::string::npos || !absl::SimpleAtod(text.substr(0, colon), &width) ||
      !absl::SimpleAtod(text.substr(colon + 1), &height)) {
    return 0;
  }
  const double quotient = width / height;
  return width > 0 && height > 0 && std::isfinite(quotient) ? quotient : 0;
}

std::optional<Pixels> RatioSize(const std::string& text, int megapixels) {
  const auto* row = std::ranges::find(kRatios, text, &RatioRow::ratio);
  if (row != std::end(kRatios)) return megapixels == 4 ? row->four_megapixels : row->one_megapixel;
  const double quotient = Quotient(text);
  if (quotient < 1 / kWidest || quotient > kWidest) return std::nullopt;
  constexpr int kStep = 32;  // sides are multiples of it
  const auto side = [&](double factor) {
    return kStep * static_cast<int>(std::sqrt(static_cast<double>(kMegapixel) * megapixels * factor) / kStep);
  };
  return Pixels{side(quotient), side(1 / quotient)};
}

std::int64_t Megapixels(Pixels size) {
  return (size.Area() + kMegapixel - 1) / kMegapixel;
}

// The value of `name`, empty when there is none.
std::string TextOf(const Given& values, const char* name) {
  const auto found = values.find(name);
  return found != values.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

std::optional<Pixels> SizeOf(const Given& values, std::optional<Pixels> input, int ratio_megapixels) {
  const Pixels followed = input.value_or(kUsualSize);
  const auto asked = values.find("image_size");
  if (asked != values.end() && asked->is_object()) {
    return Pixels{asked->at("width").get<int>(), asked->at("height").get<int>()};
  }
  const auto* preset = std::ranges::find(kSizePresets, TextOf(values, "image_size"));
  if (preset != std::end(kSizePresets)) return kSizes[preset - std::begin(kSizePresets)];
  for (const char* name : {"aspect_ratio", "resolution_mode"}) {
    const std::string ratio = TextOf(values, name);
    if (!values.contains(name) || ratio == "auto" || ratio == "match_input") continue;
    return RatioSize(ratio, ratio_megapixels);
  }
  return followed;
}

std::int64_t BillableUnits(Unit unit, Pixels size, std::int64_t images,
                           std::span<const std::optional<Pixels>> inputs) {
  if (unit == Unit::kImage) return images;
  std::int64_t units = Megapixels(size) * images;
  if (unit == Unit::kMegapixelInAndOut) {
    for (const auto& input : inputs) units += input ? Megapixels(*input) : 1;
  }
  return units;
}

}  // namespace flux::sim
