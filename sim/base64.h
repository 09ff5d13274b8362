// Base64 by OpenSSL, and the two halves of a data URI.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace flux::sim {

std::string Base64(std::string_view bytes);

// Nothing when `text` is not base64 with its padding.
std::optional<std::string> FromBase64(std::string_view text);

// The bytes of "data:…;base64,…", or nothing.
std::optional<std::string> FromDataUri(std::string_view uri);

}  // namespace flux::sim
