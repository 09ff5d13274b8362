// Each parameter by itself.
#include "sim/doors/platform_query.h"

#include <absl/strings/match.h>
#include <absl/strings/str_split.h>
#include <absl/time/time.h>
#include <spdlog/fmt/fmt.h>

#include <utility>

namespace flux::sim {

Reply Invalid(std::string_view name, std::string_view why) {
  return PlatformErrorReply(400, "validation_error", fmt::format("{}: {}", name, why));
}

std::optional<Reply> RefuseKey(std::string_view authorization, std::string_view key) {
  if (!absl::StartsWithIgnoreCase({authorization.data(), authorization.size()}, "Key ")) {
    return PlatformErrorReply(401, "authorization_error", "Authentication is required");
  }
  const std::string_view given = authorization.substr(4);
  if (given.starts_with("locked:")) return PlatformErrorReply(403, "authorization_error", "User is locked");
  if (given != key) return PlatformErrorReply(401, "authorization_error", "Invalid key");
  return std::nullopt;
}

// "a=1,2&a=3" is 1, 2 and 3.
std::vector<std::string> All(const Request& request, std::string_view name) {
  std::vector<std::string> values;
  for (const auto& [key, value] : request.query) {
    if (key != name) continue;
    for (auto& part : std::vector<std::string>(absl::StrSplit(value, ',', absl::SkipEmpty()))) {
      values.push_back(std::move(part));
    }
  }
  return values;
}

// ISO 8601 with a time zone, or a date alone.
std::optional<WallTime> ReadTime(const std::string& text) {
  absl::Time time;
  std::string ignored;
  if (!absl::ParseTime(absl::RFC3339_full, text, &time, &ignored) &&
      !absl::ParseTime("%Y-%m-%d", text, &time, &ignored)) {
    return std::nullopt;
  }
  if (time == absl::InfiniteFuture() || time == absl::InfinitePast()) return std::nullopt;
  return absl::ToChronoTime(time);
}

}  // namespace flux::sim
