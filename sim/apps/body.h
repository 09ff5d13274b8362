// From the bytes of a body to JSON, within bounds: no input may exhaust the stack or the patience of the
// simulator.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sim/apps/problems.h"
#include "sim/json.h"

namespace flux::sim {

// Deeper nesting is refused as if it were not JSON: printing and destroying a value recurse.
inline constexpr std::size_t kMostNesting = 64;
// More values than this are refused too: each takes many times the memory of its text.
inline constexpr std::size_t kMostValues = 1'000'000;

struct ParsedJson {
  std::optional<Given> value;  // absent: `why` and `position` say where reading stopped
  std::string why;
  std::size_t position = 0;
};

ParsedJson ParseJson(std::string_view text);

// The JSON of a request. Nothing, and a problem added, when it is empty, not labelled JSON, or not JSON
// (fal-api §3.2: always 422, never 400 or 415). A body without Content-Type is taken for JSON.
std::optional<Given> ReadBody(std::string_view content_type, std::string_view body, Problems& problems);

}  // namespace flux::sim
