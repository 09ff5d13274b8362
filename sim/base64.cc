// EVP_EncodeBlock and EVP_DecodeBlock, with their sizes worked out.
#include "sim/base64.h"

#include <openssl/evp.h>

#include <algorithm>

namespace flux::sim {
namespace {

const unsigned char* Raw(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* Raw(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

}  // namespace

std::string Base64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // the encoder ends with a NUL
  EVP_EncodeBlock(Raw(text), Raw(bytes), static_cast<int>(bytes.size()));
  text.pop_back();
  return text;
}

std::optional<std::string> FromBase64(std::string_view text) {
  if (text.empty()) return std::string();
  if (text.size() % 4 != 0) return std::nullopt;
  std::size_t padding = 0;
  while (padding < 2 && text[text.size() - 1 - padding] == '=') ++padding;
  if (text.find('=') < text.size() - padding) return std::nullopt;  // the decoder takes them anywhere
  std::string bytes(text.size() / 4 * 3, '\0');
  const int written = EVP_DecodeBlock(Raw(bytes), Raw(text), static_cast<int>(text.size()));
  if (written < 0) return std::nullopt;
  bytes.resize(static_cast<std::size_t>(written) - padding);
  return bytes;
}

std::optional<std::string> FromDataUri(std::string_view uri) {
  constexpr std::string_view kMarker = ";base64";
  const auto comma = uri.find(',');
  if (!uri.starts_with("data:") || comma == std::string_view::npos) return std::nullopt;
  if (!uri.substr(0, comma).ends_with(kMarker)) return std::nullopt;
  return FromBase64(uri.substr(comma + 1));
}

}  // namespace flux::sim
