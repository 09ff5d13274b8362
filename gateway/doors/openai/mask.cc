// By libpng's simplified interface, which needs no setjmp.
#include "gateway/doors/openai/mask.h"

#include <png.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <vector>

#include "base/picture_type.h"

namespace flux::gateway {
namespace {

constexpr png_byte kWhite = 255;

Status Wrong(std::string what) {
  return InvalidFields({{"mask", std::move(what)}});
}

std::string Text(PictureSize size) {
  return std::to_string(size.width) + "x" + std::to_string(size.height);
}

// A png_image that is freed whatever happens.
struct Picture {
  Picture() { image.version = PNG_IMAGE_VERSION; }
  ~Picture() { png_image_free(&image); }
  Picture(const Picture&) = delete;
  Picture& operator=(const Picture&) = delete;
  png_image image{};
};

// One byte for each pixel, or what is wrong. Grey and alpha are read and made one in place.
Result<std::vector<png_byte>> ReadMask(Picture& png) {
  constexpr std::size_t kChannels = 2;
  png.image.format = PNG_FORMAT_GA;
  const std::size_t pixels = std::size_t{png.image.width} * png.image.height;
  std::vector<png_byte> bytes(pixels * kChannels);
  if (png_image_finish_read(&png.image, nullptr, bytes.data(), 0, nullptr) == 0) {
    return Wrong(std::string("is a broken PNG file: ") + png.image.message);
  }
  bool any = false;
  for (std::size_t i = 0; i < pixels; ++i) {
    const bool transparent = bytes[i * kChannels + 1] == 0;
    any = any || transparent;
    bytes[i] = transparent ? kWhite : 0;
  }
  if (!any)
    return Wrong("has no transparent pixel, so nothing would be painted anew; make that part transparent");
  bytes.resize(pixels);
  return bytes;
}

}  // namespace

std::optional<PictureSize> ExtentOf(std::string_view picture) {
  const std::unique_ptr<PictureDecoder> decoder = MakePictureDecoder(SniffImage(picture), picture);
  return decoder ? decoder->ReadHeader() : std::nullopt;
}

Result<std::string> MaskFromAlpha(std::string_view png, std::optional<PictureSize> image) {
  if (SniffImage(png) != "image/png") {
    return Wrong("must be a PNG file whose transparent pixels say what is painted anew");
  }
  Picture read;
  if (png_image_begin_read_from_memory(&read.image, png.data(), png.size()) == 0) {
    return Wrong(std::string("is a broken PNG file: ") + read.image.message);
  }
  const PictureSize size{read.image.width, read.image.height};
  if (image && *image != size) {
    return Wrong("has " + Text(size) + " pixels and the image " + Text(*image) +
                 "; both must be of one size");
  }
  if (std::uint64_t{size.width} * size.height > kMostMaskPixels) {
    return Wrong("has " + Text(size) + " pixels; at most 16777216 are taken");
  }
  if ((read.image.format & PNG_FORMAT_FLAG_ALPHA) == 0) {
    return Wrong("has no transparency; make the part transparent that is to be painted anew");
  }
  Result<std::vector<png_byte>> grey = ReadMask(read);
  if (!grey) return grey.error();

  Picture written;
  written.image.width = size.width;
  written.image.height = size.height;
  written.image.format = PNG_FORMAT_GRAY;
  written.image.flags = PNG_IMAGE_FLAG_FAST;
  png_alloc_size_t bytes = PNG_IMAGE_PNG_SIZE_MAX(written.image);
  std::string out(bytes, '\0');
  if (png_image_write_to_memory(&written.image, out.data(), &bytes, 0, grey->data(), 0, nullptr) == 0) {
    return Status(Reason::kInternal, "the mask cannot be turned round");
  }
  out.resize(bytes);
  out.shrink_to_fit();
  return out;
}

}  // namespace flux::gateway
