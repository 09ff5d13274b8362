// Decodes the base64 form of data URIs. Other forms are refused, as fal refuses them.
#include "sim/pictures/data_uri.h"

#include "base/base64.h"

namespace flux::sim {

std::optional<std::string> FromDataUri(std::string_view uri) {
  constexpr std::string_view kMarker = ";base64";
  const auto comma = uri.find(',');
  if (!uri.starts_with("data:") || comma == std::string_view::npos) return std::nullopt;
  if (!uri.substr(0, comma).ends_with(kMarker)) return std::nullopt;
  std::string bytes;
  if (!AppendFromBase64(uri.substr(comma + 1), bytes)) return std::nullopt;
  return bytes;
}

}  // namespace flux::sim
