// Looks at every header that may hold a key.
#include "gateway/guard/caller/credentials.h"

#include "gateway/http/grammar.h"

namespace flux::gateway {
namespace {

// What follows the scheme; empty where the scheme is another or nothing follows.
std::string_view AfterScheme(std::string_view value) {
  const auto space = value.find(' ');
  if (space == std::string_view::npos) return {};
  const std::string_view scheme = value.substr(0, space);
  if (!EqualsIgnoreCase(scheme, "bearer") && !EqualsIgnoreCase(scheme, "key")) return {};
  return TrimWhitespace(value.substr(space));
}

}  // namespace

Result<std::optional<std::string_view>> ShownKey(const Request& request) {
  std::optional<std::string_view> shown;
  for (const auto& [name, value] : request.headers) {
    const bool scheme = EqualsIgnoreCase(name, "authorization");
    if (!scheme && !EqualsIgnoreCase(name, "x-api-key")) continue;
    const std::string_view key = scheme ? AfterScheme(value) : TrimWhitespace(value);
    if (key.empty()) {
      return Status(Reason::kUnauthenticated, scheme ? "The Authorization header must read: Bearer KEY"
                                                     : "The X-API-Key header is empty");
    }
    if (key.size() > kMaxKeyBytes) {
      return Status(Reason::kUnauthenticated, "The API key is longer than 1,024 bytes");
    }
    if (shown && *shown != key) {
      return Status(Reason::kUnauthenticated, "The request shows two different API keys; send one");
    }
    shown = key;
  }
  return shown;
}

}  // namespace flux::gateway
