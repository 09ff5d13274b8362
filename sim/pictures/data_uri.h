// The bytes inside a data URI (RFC 2397).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace flux::sim {

// The bytes of "data:…;base64,…", or nothing.
std::optional<std::string> FromDataUri(std::string_view uri);

}  // namespace flux::sim
