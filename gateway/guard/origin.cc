// Scheme, host and port, each checked.
#include "gateway/guard/origin.h"

#include <absl/strings/ascii.h>

#include <algorithm>

#include "gateway/guard/hosts.h"
#include "gateway/http/grammar.h"

namespace flux::gateway {
namespace {

bool IsScheme(std::string_view text) {
  return !text.empty() && absl::ascii_isalpha(static_cast<unsigned char>(text.front())) &&
         std::ranges::all_of(text, [](unsigned char c) {
           return absl::ascii_isalnum(c) || c == '+' || c == '-' || c == '.';
         });
}

}  // namespace

std::string_view DefaultPort(std::string_view scheme) {
  if (scheme == "http") return "80";
  if (scheme == "https") return "443";
  return {};
}

std::optional<Origin> ParseOrigin(std::string_view text) {
  const auto colon = text.find("://");
  if (colon == std::string_view::npos || !IsScheme(text.substr(0, colon))) return std::nullopt;
  const std::string_view authority = text.substr(colon + 3);
  if (!IsHost(authority) || authority.starts_with('.')) return std::nullopt;
  Origin origin{.scheme = absl::AsciiStrToLower({text.data(), colon}),
                .host = CanonicalHost(authority),
                .port = std::string(PortOf(authority))};
  if (origin.host.empty()) return std::nullopt;
  if (origin.port.empty()) origin.port = DefaultPort(origin.scheme);
  return origin;
}

}  // namespace flux::gateway
