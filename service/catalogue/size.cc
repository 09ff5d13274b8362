// The table of size presets, and the search for the size that a ratio becomes. Only whole numbers are used,
// so every machine finds the same size.
#include "service/catalogue/size.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <numeric>

namespace flux::service {
namespace {

struct PresetRow {
  v1::SizePreset preset;
  FalSize size;
  std::string_view ratio;
};

// fal-api §1.1. The first of a ratio is the one that the ratio becomes.
constexpr std::array kPresets{
    PresetRow{v1::SIZE_PRESET_SQUARE_HD, {"square_hd", 1024, 1024}, "1:1"},
    PresetRow{v1::SIZE_PRESET_SQUARE, {"square", 512, 512}, "1:1"},
    PresetRow{v1::SIZE_PRESET_PORTRAIT_4_3, {"portrait_4_3", 768, 1024}, "3:4"},
    PresetRow{v1::SIZE_PRESET_PORTRAIT_16_9, {"portrait_16_9", 576, 1024}, "9:16"},
    PresetRow{v1::SIZE_PRESET_LANDSCAPE_4_3, {"landscape_4_3", 1024, 768}, "4:3"},
    PresetRow{v1::SIZE_PRESET_LANDSCAPE_16_9, {"landscape_16_9", 1024, 576}, "16:9"},
};

struct WordRow {
  v1::SizePreset preset;
  std::string_view word;
};

constexpr std::array kWords{
    WordRow{v1::SIZE_PRESET_AUTO, "auto"},
    WordRow{v1::SIZE_PRESET_MATCH_INPUT, "match_input"},
};

constexpr auto kPresetNames = [] {
  std::array<std::string_view, kPresets.size()> names;
  std::ranges::transform(kPresets, names.begin(), [](const PresetRow& row) { return row.size.preset; });
  return names;
}();

constexpr std::uint32_t kMaxRatioPart = 100;
constexpr std::uint32_t kMaxElongation = 4;
constexpr std::uint64_t kGrain = 16;
constexpr std::uint64_t kMarginPercent = 1;

std::optional<std::uint32_t> ParsePart(std::string_view digits) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  if (value < 1 || value > kMaxRatioPart) return std::nullopt;
  return value;
}

const WordRow* FindWord(v1::SizePreset preset) {
  const auto row = std::ranges::find(kWords, preset, &WordRow::preset);
  return row == kWords.end() ? nullptr : &*row;
}

// What a preset or a ratio is called among ratios; empty where it has none.
std::string_view RatioText(const v1::ImageSize& size) {
  if (size.value_case() == v1::ImageSize::kAspectRatio) return size.aspect_ratio();
  if (size.value_case() != v1::ImageSize::kPreset) return "";
  if (const WordRow* word = FindWord(size.preset())) return word->word;
  const auto row = std::ranges::find(kPresets, size.preset(), &PresetRow::preset);
  return row == kPresets.end() ? "" : row->ratio;
}

}  // namespace

std::span<const std::string_view> PresetNames() {
  return kPresetNames;
}

bool IsSizeWord(std::string_view name) {
  return std::ranges::find(kWords, name, &WordRow::word) != kWords.end();
}

std::optional<FalSize> FindPreset(std::string_view name) {
  for (const PresetRow& row : kPresets) {
    if (row.size.preset == name) return row.size;
  }
  return std::nullopt;
}

std::optional<FalSize> FindPreset(v1::SizePreset preset) {
  for (const PresetRow& row : kPresets) {
    if (row.preset == preset) return row.size;
  }
  return std::nullopt;
}

std::optional<AspectRatio> ParseAspectRatio(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto width = ParsePart(text.substr(0, colon));
  const auto height = ParsePart(text.substr(colon + 1));
  if (!width || !height) return std::nullopt;
  if (*width > kMaxElongation * *height || *height > kMaxElongation * *width) return std::nullopt;
  const std::uint32_t divisor = std::gcd(*width, *height);
  return AspectRatio{*width / divisor, *height / divisor};
}

FalSize SizeOfRatio(AspectRatio ratio) {
  for (const PresetRow& row : kPresets) {
    if (row.size.width * ratio.height == row.size.height * ratio.width) return row.size;
  }

  // For each height the widest width within the margin; narrower ones of the same height have fewer pixels.
  FalSize best;
  std::uint64_t best_error = 0;
  for (std::uint64_t height = kGrain; height <= kMegapixel / height * kMaxElongation; height += kGrain) {
    const std::uint64_t ideal = height * ratio.width;  // times ratio.height, as all widths below
    const std::uint64_t widest =
        std::min(kMegapixel / height, ideal * (100 + kMarginPercent) / (100 * ratio.height));
    const std::uint64_t width = widest / kGrain * kGrain;
    if (width * ratio.height * 100 < ideal * (100 - kMarginPercent)) continue;

    const std::uint64_t actual = width * ratio.height;
    const std::uint64_t error = actual > ideal ? actual - ideal : ideal - actual;
    const std::uint64_t pixels = width * height;
    // Errors of different heights compare as error / height.
    const bool closer = error * best.height < best_error * height;
    if (pixels > best.PixelCount() || (pixels == best.PixelCount() && closer)) {
      best = {"", static_cast<std::uint32_t>(width), static_cast<std::uint32_t>(height)};
      best_error = error;
    }
  }
  return best;
}

std::optional<FalSize> ToFalSize(const v1::ImageSize& size) {
  switch (size.value_case()) {
    case v1::ImageSize::kPreset:
      if (const WordRow* word = FindWord(size.preset())) return FalSize{word->word};
      return FindPreset(size.preset());
    case v1::ImageSize::kAspectRatio: {
      const auto ratio = ParseAspectRatio(size.aspect_ratio());
      if (!ratio) return std::nullopt;
      return SizeOfRatio(*ratio);
    }
    case v1::ImageSize::kDimensions:
      if (size.dimensions().width() == 0 || size.dimensions().height() == 0) return std::nullopt;
      return FalSize{"", size.dimensions().width(), size.dimensions().height()};
    case v1::ImageSize::VALUE_NOT_SET:
      return std::nullopt;
  }
  return std::nullopt;
}

std::optional<std::string_view> ToRatio(const v1::ImageSize& size, std::span<const std::string> allowed) {
  const std::string_view text = RatioText(size);
  const bool word = size.value_case() == v1::ImageSize::kPreset && IsSizeWord(text);
  const auto ratio = word ? std::nullopt : ParseAspectRatio(text);
  if (!word && !ratio) return std::nullopt;
  if (allowed.empty()) return word ? std::nullopt : std::optional(text);
  for (const std::string& one : allowed) {
    if (word ? one == text : ParseAspectRatio(one) == ratio) return one;
  }
  return std::nullopt;
}

}  // namespace flux::service
