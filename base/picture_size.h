// picture_size: how large a picture is, by what its file says at its beginning. Decodes nothing. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/picture_decoder.h"

namespace flux {

// How much of a file is worth reading for that; what stands before the size may be longer, and then nobody
// knows.
inline constexpr std::size_t kPictureHead = std::size_t{64} * 1024;

// The size that a JPEG, PNG, WebP, GIF or AVIF claims, before it is turned by what EXIF says; nullopt where
// it is none of them, or its beginning, which may be cut anywhere, does not tell.
std::optional<PictureSize> ReadPictureSize(std::string_view bytes);

}  // namespace flux
