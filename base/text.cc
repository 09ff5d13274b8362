// Works on bytes: the characters in question have two or three of them.
#include "base/text.h"

namespace flux {
namespace {

// How many bytes of `text`, which is not empty, are such a character at its start; 0: none is there.
std::size_t Deceptive(std::string_view text) {
  const auto byte = [text](std::size_t at) {
    return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U;
  };
  const auto within = [](unsigned value, unsigned first, unsigned last) {
    return value >= first && value <= last;
  };
  switch (byte(0)) {
    case 0x7F:
      return 1;
    case 0xC2:  // U+0080 to U+009F
      return within(byte(1), 0x80, 0x9F) ? 2 : 0;
    case 0xD8:  // U+061C
      return byte(1) == 0x9C ? 2 : 0;
    case 0xE2:  // U+200E, U+200F, U+2028 to U+202E; U+2066 to U+2069
      if (byte(1) == 0x80) return within(byte(2), 0x8E, 0x8F) || within(byte(2), 0xA8, 0xAE) ? 3 : 0;
      return byte(1) == 0x81 && within(byte(2), 0xA6, 0xA9) ? 3 : 0;
    default:
      return 0;
  }
}

}  // namespace

std::string Shorten(std::string_view text, std::size_t bytes) {
  constexpr std::string_view kEllipsis = "…";
  if (text.size() <= bytes) return std::string(text);
  std::size_t end = bytes - kEllipsis.size();
  // Bytes 10xxxxxx continue a character.
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end)).append(kEllipsis);
}

std::string Printable(std::string_view text) {
  constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
  std::string clean;
  clean.reserve(text.size());
  while (!text.empty()) {
    const std::size_t bytes = Deceptive(text);
    clean.append(bytes == 0 ? text.substr(0, 1) : kReplacement);
    text.remove_prefix(bytes == 0 ? 1 : bytes);
  }
  return clean;
}

}  // namespace flux
