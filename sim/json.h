// The simulator's two JSON types: what came in, and what goes out in the order fal writes it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace flux::sim {

using Json = nlohmann::ordered_json;  // out; finding a key is linear, so never used for a caller's object
using Given = nlohmann::json;         // in

// Compact text; invalid UTF-8 becomes U+FFFD.
inline std::string Text(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace flux::sim
