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

// The classes of fal-api §12. Their pixels are not published; 2736x1536 was seen of 16:9 at 2k.
struct ClassRow {
  std::string_view name;
  int side;  // of the square
  double units;
};

constexpr ClassRow kClasses[] = {
    {"1k", 1024, 1},          {"512sq", 512, 41.0 / 48}, {"768sq", 768, 41.0 / 48},
    {"2k", 2048, 100.0 / 48}, {"4k", 4096, 607.0 / 48},
};

double NumberOf(const Given& values, const char* name, double otherwise) {
  const auto found = values.find(name);
  return found != values.end() && found->is_number() ? found->get<double>() : otherwise;
}

int Scaled(int side, double factor) {
  return static_cast<int>(std::lround(side * factor));
}

// The value of `name`, empty when there is none.
std::string TextOf(const Given& values, const char* name) {
  const auto found = values.find(name);
  return found != values.end() && found->is_string() ? found->get<std::string>() : std::string();
}

const ClassRow& ClassOf(const Given& values) {
  const auto* row = std::ranges::find(kClasses, TextOf(values, "resolution"), &ClassRow::name);
  return row == std::end(kClasses) ? kClasses[0] : *row;
}

// A ratio, or that of the picture handed in, with about the pixels of the class; sides are multiples of 16.
Pixels ClassSize(const Given& values, std::optional<Pixels> input) {
  const Pixels followed = input.value_or(kUsualSize);
  const std::string ratio = TextOf(values, "aspect_ratio");
  const double asked = ratio == "auto" ? 1.0 * followed.width / followed.height : Quotient(ratio);
  const double quotient = std::clamp(asked, 1 / kWidest, kWidest);
  constexpr int kStep = 16;
  const int side = ClassOf(values).side;
  const auto near = [&](double factor) {
    return kStep * static_cast<int>(std::lround(side * std::sqrt(factor) / kStep));
  };
  Pixels size{near(quotient), near(1 / quotient)};
  constexpr std::int64_t kMost = std::int64_t{4096} * 4096;
  while (size.Area() > kMost) (quotient > 1 ? size.width : size.height) -= kStep;
  return size;
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

std::optional<Pixels> ResultSize(const Model& model, const Given& values, std::optional<Pixels> input) {
  if (values.contains("resolution")) return ClassSize(values, input);
  std::optional<Pixels> size = SizeOf(values, input, model.ratio_megapixels);
  if (!size) return size;
  const double factor = NumberOf(values, "upscale_factor", 1);
  size->width = Scaled(size->width, factor) +
                static_cast<int>(NumberOf(values, "expand_left", 0) + NumberOf(values, "expand_right", 0));
  size->height = Scaled(size->height, factor) +
                 static_cast<int>(NumberOf(values, "expand_top", 0) + NumberOf(values, "expand_bottom", 0));
  return size;
}

double BillableUnits(const Model& model, const Given& values, Pixels size, std::int64_t images,
                     std::span<const std::optional<Pixels>> inputs) {
  const auto count = static_cast<double>(images);
  if (model.unit == Unit::kImage) return count;
  if (model.unit == Unit::kResolution) return count * ClassOf(values).units;
  double units = count * static_cast<double>(model.least_input > 0 ? 1 : Megapixels(size));
  if (model.unit == Unit::kMegapixel) return units;
  std::int64_t handed_in = 0;
  for (const auto& input : inputs) {
    const std::int64_t all = input && !model.resizes_input ? Megapixels(*input) : 1;
    handed_in += std::max<std::int64_t>(0, all - model.free_input);
  }
  return units + static_cast<double>(std::max<std::int64_t>(handed_in, model.least_input));
}

}  // namespace flux::sim
