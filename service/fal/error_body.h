// Makes fal's error bodies small enough to travel in gRPC trailers (8 KiB for everything) and keeps them
// valid JSON.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace flux::fal {

inline constexpr std::size_t kMaxErrorBodyBytes = 3 * 1024;

// The body as JSON text: whole if it fits, else without the `input` members (which echo the request), else
// only as many `type`, `loc` and `msg` as fit.
std::string BoundedErrorBody(nlohmann::json body);

}  // namespace flux::fal
