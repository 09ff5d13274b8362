// Any bytes as a picture. What is called sound has the size that its header told, and keeps being sound when
// that size was promised; another promise is not kept.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "service/model/picture.h"

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
  if (info->size == flux::service::PictureSize{}) {
    Require(!info->unchecked.empty());
    return 0;
  }
  Require(std::uint64_t{info->size.width} * info->size.height <= kMaxPixels);
  const auto again = InspectPicture(bytes, {.size = info->size, .max_pixels = 1});
  Require(again && again->unchecked == info->unchecked);
  Require(!InspectPicture(bytes, {.size = {info->size.width, info->size.height + 1}}));
  return 0;
}
