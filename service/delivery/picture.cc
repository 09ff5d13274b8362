// Type, size, pixels: the cheap questions first.
#include "service/delivery/picture.h"

#include <absl/strings/str_cat.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/picture_type.h"

namespace flux::service {
namespace {

Status Unusable(std::string what) {
  return Status(Reason::kUpstreamProtocol, "the picture " + std::move(what));
}

std::string Text(PictureSize size) {
  return absl::StrCat(size.width, "x", size.height);
}

// What is wrong with the size that the file claims; nullopt where nothing is.
std::optional<std::string> SizeProblem(PictureSize size, const PromisedPicture& promised) {
  const auto kept = [](std::uint32_t side, std::uint32_t promise) { return promise == 0 || side == promise; };
  if (!kept(size.width, promised.size.width) || !kept(size.height, promised.size.height)) {
    const PictureSize wanted{promised.size.width != 0 ? promised.size.width : size.width,
                             promised.size.height != 0 ? promised.size.height : size.height};
    return "has " + Text(size) + " pixels; fal said " + Text(wanted);
  }
  const bool told = promised.size.width != 0 && promised.size.height != 0;
  if (!told && std::uint64_t{size.width} * size.height > promised.max_pixels) {
    return absl::StrCat("has ", Text(size), " pixels, which is more than ", promised.max_pixels);
  }
  return std::nullopt;
}

}  // namespace

Result<PictureInfo> InspectPicture(std::string_view bytes, const PromisedPicture& promised) {
  PictureInfo info{.content_type = SniffImage(bytes)};
  if (info.content_type.empty()) return Unusable("is no JPEG, PNG, WebP, GIF or AVIF file");
  const std::unique_ptr<PictureDecoder> decoder = MakePictureDecoder(info.content_type, bytes);
  if (!decoder) {
    info.unchecked = "files of this type are not decoded here";
    return info;
  }
  const std::string type(info.content_type);
  const std::optional<PictureSize> size = decoder->ReadHeader();
  if (!size) return Unusable("is a broken " + type + " file: " + decoder->problem());
  if (auto problem = SizeProblem(*size, promised)) return Unusable(*std::move(problem));
  info.size = *size;
  switch (decoder->ReadPixels()) {
    case PictureDecoder::Outcome::kSound:
      return info;
    case PictureDecoder::Outcome::kUnchecked:
      info.unchecked = decoder->problem();
      return info;
    case PictureDecoder::Outcome::kBroken:
      break;
  }
  return Unusable("is a broken " + type + " file: " + decoder->problem());
}

}  // namespace flux::service
