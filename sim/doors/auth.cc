// Checks a key in the order in which its faults can be known: no header, a wrong form, an unknown key, an
// account without balance.
#include "sim/doors/auth.h"

#include <absl/strings/match.h>
#include <spdlog/fmt/fmt.h>

namespace flux::sim {

std::optional<Reply> RefuseKey(const std::string& authorization, const std::string& key,
                               std::string_view app) {
  if (!absl::StartsWithIgnoreCase(authorization, "Key ")) {
    return DetailReply(
        401,
        fmt::format("Cannot access application '{}'. Authentication is required to access this application.",
                    app));
  }
  const std::string_view given = std::string_view(authorization).substr(4);
  if (given.find(':') == std::string_view::npos) {
    return DetailReply(401, "Invalid Key Authorization header format. Expected '<key_id>:<key_secret>'.");
  }
  if (given.starts_with("locked:")) {
    return DetailReply(
        403, "User is locked. Reason: Exhausted balance. Top up your balance at fal.ai/dashboard/billing.");
  }
  if (given != key) return DetailReply(401, "No user found for Key ID and Secret");
  return std::nullopt;
}

}  // namespace flux::sim
