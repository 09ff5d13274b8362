// Any bytes as a picture. What is called sound has the size that its header told, and keeps being sound when
// that size was promised; another promise is not kept.
#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "service/delivery/picture.h"

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

// Small enough to be quick; the limit itself is reached too.
constexpr std::uint64_t kMaxPixels = 1 << 16;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using flux::service::InspectPicture;
  using flux::service::PictureInfo;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const flux::Result<PictureInfo> info = InspectPicture(bytes, {.max_pixels = kMaxPixels});
  if (!info) {
    Require(!info.error().message.empty());
    return 0;
  }
  Require(info->content_type.starts_with("image/"));
  if (info->size == flux::PictureSize{}) {
    Require(!info->unchecked.empty());
    return 0;
  }
  Require(std::uint64_t{info->size.width} * info->size.height <= kMaxPixels);
  const auto again = InspectPicture(bytes, {.size = info->size, .max_pixels = 1});
  Require(again && again->unchecked == info->unchecked);
  Require(!InspectPicture(bytes, {.size = {info->size.width, info->size.height + 1}}));
  return 0;
}

#ifdef FLUX_FUZZ  // with libFuzzer, which the replay does without
namespace {

std::uint32_t BigEndian(const std::uint8_t* bytes) {
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 |
         bytes[3];
}

// Every chunk of a PNG ends with a checksum, which no mutation hits: mends them.
void MendChecksums(std::uint8_t* data, std::size_t size) {
  std::size_t at = 8;
  while (at + 12 <= size) {
    const std::size_t length = BigEndian(data + at);
    if (length > size - at - 12) return;
    const auto sum = static_cast<std::uint32_t>(crc32(0, data + at + 4, static_cast<uInt>(length + 4)));
    for (int i = 0; i < 4; ++i) data[at + 8 + length + i] = static_cast<std::uint8_t>(sum >> (24 - 8 * i));
    at += 12 + length;
  }
}

}  // namespace

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
  size = LLVMFuzzerMutate(data, size, max_size);
  if (seed % 8 != 0 && std::string_view(reinterpret_cast<const char*>(data), size).starts_with("\x89PNG")) {
    MendChecksums(data, size);
  }
  return size;
}
#endif
