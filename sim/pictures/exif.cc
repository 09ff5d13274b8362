// Reads the one tag of interest in the first directory of the TIFF data inside.
#include "sim/pictures/exif.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace flux::sim {
namespace {

// Numbers of either byte order, at places that may be beyond the end.
struct Tiff {
  std::string_view bytes;
  bool little = false;

  std::optional<std::uint32_t> At(std::size_t place, std::size_t size) const {
    if (place > bytes.size() || bytes.size() - place < size) return std::nullopt;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size; ++i) {
      const std::size_t next = little ? size - 1 - i : i;
      value = value << 8 | static_cast<unsigned char>(bytes[place + next]);
    }
    return value;
  }
};

}  // namespace

bool ExifSwapsSides(std::string_view segment) {
  constexpr std::string_view kBefore("Exif\0\0", 6);
  constexpr std::size_t kEntryBytes = 12;
  constexpr std::uint32_t kOrientation = 0x0112;
  constexpr std::uint32_t kShort = 3;
  if (!segment.starts_with(kBefore)) return false;
  Tiff tiff{segment.substr(kBefore.size())};
  if (!tiff.bytes.starts_with("II") && !tiff.bytes.starts_with("MM")) return false;
  tiff.little = tiff.bytes.starts_with("II");
  const auto directory = tiff.At(4, 4);
  const auto entries = directory ? tiff.At(*directory, 2) : std::nullopt;
  if (!entries) return false;
  for (std::uint32_t i = 0; i < *entries; ++i) {
    const std::size_t entry = std::size_t{*directory} + 2 + std::size_t{i} * kEntryBytes;
    const auto tag = tiff.At(entry, 2);
    if (!tag) return false;
    if (*tag != kOrientation) continue;
    const auto type = tiff.At(entry + 2, 2);
    const auto value = tiff.At(entry + 8, 2);
    return type == kShort && value && *value >= 5 && *value <= 8;
  }
  return false;
}

}  // namespace flux::sim
