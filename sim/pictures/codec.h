// Pictures as files: writes JPEG, PNG and WebP, and reads what kind and size a file claims to be. Never
// decodes pixels.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/apps/size.h"

namespace flux::sim {

// 8-bit RGB, rows top to bottom without padding.
struct Picture {
  Pixels size;
  std::vector<std::uint8_t> rgb;
};

enum class Format : std::uint8_t { kJpeg, kPng, kWebp };

// "image/jpeg" and so on.
std::string_view ContentType(Format format);

// Empty when the library refuses (no memory, or a side beyond the format: JPEG takes 65,500, WebP 16,383).
std::string EncodePng(const Picture& picture);
std::string EncodeJpeg(const Picture& picture);
std::string EncodeWebp(const Picture& picture);
std::string Encode(Format format, const Picture& picture);

// "image/png", "image/jpeg", "image/webp", "image/gif" or "image/avif" by the first bytes; empty for anything
// else.
std::string_view SniffType(std::string_view bytes);

// The size that the header of such a file tells, as the picture is shown: a JPEG whose Exif data says that
// the camera was held upright is turned. Nothing when the header cannot be read.
std::optional<Pixels> ReadSize(std::string_view bytes);

}  // namespace flux::sim
