// InputSha256: tells whether two JSON texts are the same input for fal, whatever came between them and wrote
// them anew. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace flux::fal {

// Inputs beyond it hold pictures of megabytes, and are not told apart.
inline constexpr std::size_t kMaxHashedInput = 4U << 20;  // bytes

// SHA-256 in 64 hex digits of the JSON object in canonical form: members sorted by name, no white space, and
// whole numbers without a fraction (1.0 is 1). Empty for what is no JSON object (base/json.h) or larger than
// kMaxHashedInput.
std::string InputSha256(std::string_view json);

}  // namespace flux::fal
