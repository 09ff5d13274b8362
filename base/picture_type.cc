// Compares bytes.
#include "base/picture_type.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace flux {
namespace {

// An ISO media file whose brands include AVIF's (ISO/IEC 23000-22): a box "ftyp" of 4-byte brands, the first
// of them followed by a version. 256 bytes hold far more brands than any writer lists.
bool IsAvif(std::string_view bytes) {
  if (bytes.size() < 16 || bytes.substr(4, 4) != "ftyp") return false;
  std::uint32_t box = 0;
  for (const char byte : bytes.substr(0, 4)) box = box << 8 | static_cast<unsigned char>(byte);
  const std::size_t end = std::min<std::size_t>({box, bytes.size(), 256});
  for (std::size_t at = 8; at + 4 <= end; at += 4) {
    const std::string_view brand = bytes.substr(at, 4);
    if (at != 12 && (brand == "avif" || brand == "avis")) return true;
  }
  return false;
}

}  // namespace

std::string_view SniffImage(std::string_view bytes) {
  if (bytes.starts_with("\xff\xd8\xff")) return "image/jpeg";
  if (bytes.starts_with("\x89PNG\r\n\x1a\n")) return "image/png";
  if (bytes.starts_with("GIF87a") || bytes.starts_with("GIF89a")) return "image/gif";
  if (bytes.starts_with("RIFF") && bytes.size() >= 12 && bytes.substr(8, 4) == "WEBP") return "image/webp";
  if (IsAvif(bytes)) return "image/avif";
  return "";
}

}  // namespace flux
