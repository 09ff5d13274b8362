// Cut from both ends: scheme and user, then database and port.
#include "gateway/guard/rate/redis_address.h"

#include <absl/strings/ascii.h>
#include <absl/strings/numbers.h>

#include <algorithm>
#include <string_view>

namespace flux::gateway {
namespace {

constexpr std::string_view kScheme = "redis://";
constexpr std::uint32_t kMaxDatabase = 65'535;

bool IsHostChar(unsigned char c) {
  return absl::ascii_isalnum(c) || c == '.' || c == '-' || c == '_' || c == ':';
}

bool IsUserChar(unsigned char c) {
  return absl::ascii_isgraph(c) && c != '/' && c != '%';
}

}  // namespace

std::string ParseRedisAddress(const std::string& text, RedisAddress& address) {
  constexpr char kWanted[] = "is not memory or redis://HOST:PORT/DB";
  if (text.starts_with("rediss://")) {
    return "TLS to Redis is not supported; use a private network or a tunnel on this machine";
  }
  if (!text.starts_with(kScheme)) return kWanted;
  std::string_view rest = std::string_view(text).substr(kScheme.size());
  address = {};
  if (const auto at = rest.rfind('@'); at != std::string_view::npos) {
    const std::string_view user = rest.substr(0, at);
    if (user.find(':') != std::string_view::npos) return "must not hold a password; set FLUX_REDIS_PASSWORD";
    if (user.empty() || !std::ranges::all_of(user, IsUserChar)) return kWanted;
    address.user = user;
    rest.remove_prefix(at + 1);
  }
  if (const auto slash = rest.find('/'); slash != std::string_view::npos) {
    const std::string_view digits = rest.substr(slash + 1);
    const bool read = absl::SimpleAtoi({digits.data(), digits.size()}, &address.database);
    if (!digits.empty() && (!read || address.database > kMaxDatabase)) {
      return "must end in the number of a database, such as /0";
    }
    rest = rest.substr(0, slash);
  }
  const bool bracketed = rest.starts_with('[');
  const auto close = rest.find(']');
  if (bracketed && close == std::string_view::npos) return kWanted;
  const auto colon = rest.find(':', bracketed ? close : 0);
  if (colon != std::string_view::npos) {
    const std::string_view digits = rest.substr(colon + 1);
    std::uint32_t port = 0;
    if (!absl::SimpleAtoi({digits.data(), digits.size()}, &port) || port == 0 || port > 65'535) {
      return "must name a port from 1 to 65535";
    }
    address.port = static_cast<std::uint16_t>(port);
    rest = rest.substr(0, colon);
  }
  if (bracketed) {
    if (!rest.ends_with(']')) return kWanted;
    rest = rest.substr(1, rest.size() - 2);
  }
  if (rest.empty() || !std::ranges::all_of(rest, IsHostChar)) return kWanted;
  address.host = rest;
  return {};
}

}  // namespace flux::gateway
