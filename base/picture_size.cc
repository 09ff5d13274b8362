// Each format says its size at a place of its own; all numbers are read with their bounds checked.
#include "base/picture_size.h"

#include <algorithm>
#include <cstdint>

#include "base/picture_type.h"

namespace flux {
namespace {

enum class Order { kBig, kLittle };

// The number of `count` bytes at `at`; 0 beyond the end.
std::uint32_t Number(std::string_view bytes, std::size_t at, std::size_t count, Order order = Order::kBig) {
  if (at > bytes.size() || bytes.size() - at < count) return 0;
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t next = order == Order::kBig ? at + i : at + count - 1 - i;
    number = number << 8 | static_cast<unsigned char>(bytes[next]);
  }
  return number;
}

std::optional<PictureSize> Sized(std::uint32_t width, std::uint32_t height) {
  if (width == 0 || height == 0) return std::nullopt;
  return PictureSize{width, height};
}

// Segments of a marker and a length, until one begins a frame.
std::optional<PictureSize> OfJpeg(std::string_view bytes) {
  for (std::size_t at = 2; at + 4 <= bytes.size();) {
    if (bytes[at] != '\xff') return std::nullopt;
    const auto marker = static_cast<unsigned char>(bytes[at + 1]);
    if (marker == 0xff) {  // filling
      ++at;
      continue;
    }
    const bool frame = marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
    if (frame) return Sized(Number(bytes, at + 7, 2), Number(bytes, at + 5, 2));
    const bool alone = marker == 0x01 || (marker >= 0xd0 && marker <= 0xd7);
    const std::uint32_t length = alone ? 0 : Number(bytes, at + 2, 2);
    if (!alone && length < 2) return std::nullopt;
    at += 2 + length;
  }
  return std::nullopt;
}

// The first chunk tells: of a still picture its own head, of all others the canvas.
std::optional<PictureSize> OfWebp(std::string_view bytes) {
  constexpr auto kLittle = Order::kLittle;
  const std::string_view kind = bytes.substr(std::min<std::size_t>(12, bytes.size())).substr(0, 4);
  if (kind == "VP8X" && bytes.size() >= 30) {
    return Sized(Number(bytes, 24, 3, kLittle) + 1, Number(bytes, 27, 3, kLittle) + 1);
  }
  if (kind == "VP8 ")
    return Sized(Number(bytes, 26, 2, kLittle) & 0x3fff, Number(bytes, 28, 2, kLittle) & 0x3fff);
  if (kind == "VP8L" && bytes.size() >= 25) {
    const std::uint32_t packed = Number(bytes, 21, 4, kLittle);
    return Sized((packed & 0x3fff) + 1, (packed >> 14 & 0x3fff) + 1);
  }
  return std::nullopt;
}

// The property "ispe" of an item; where a picture is put together from tiles, the whole's is the largest.
std::optional<PictureSize> OfAvif(std::string_view bytes) {
  PictureSize largest;
  for (std::size_t at = bytes.find("ispe"); at != std::string_view::npos; at = bytes.find("ispe", at + 4)) {
    const PictureSize size{Number(bytes, at + 8, 4), Number(bytes, at + 12, 4)};
    if (std::uint64_t{size.width} * size.height > std::uint64_t{largest.width} * largest.height)
      largest = size;
  }
  return Sized(largest.width, largest.height);
}

}  // namespace

std::optional<PictureSize> ReadPictureSize(std::string_view bytes) {
  bytes = bytes.substr(0, kPictureHead);
  const std::string_view type = SniffImage(bytes);
  if (type == "image/jpeg") return OfJpeg(bytes);
  if (type == "image/png") return Sized(Number(bytes, 16, 4), Number(bytes, 20, 4));
  if (type == "image/gif")
    return Sized(Number(bytes, 6, 2, Order::kLittle), Number(bytes, 8, 2, Order::kLittle));
  if (type == "image/webp") return OfWebp(bytes);
  if (type == "image/avif") return OfAvif(bytes);
  return std::nullopt;
}

}  // namespace flux
