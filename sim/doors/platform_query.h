// platform_query: what requests to api.fal.ai/v1 have in common: the key, times, lists, and how a wrong one
// is refused. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "sim/http/reply.h"
#include "sim/http/request.h"

namespace flux::sim {

// 400 validation_error.
Reply Invalid(std::string_view name, std::string_view why);

// 401 or 403, unless the header has this key.
std::optional<Reply> RefuseKey(std::string_view authorization, std::string_view key);

// "a=1,2&a=3" is 1, 2 and 3.
std::vector<std::string> All(const Request& request, std::string_view name);

// ISO 8601 with a time zone, or a date alone.
std::optional<WallTime> ReadTime(const std::string& text);

}  // namespace flux::sim
