// Compares host names.
#include "gateway/guard/hosts.h"

#include <absl/strings/ascii.h>

#include <algorithm>

namespace flux::gateway {

Hosts::Hosts(std::vector<std::string> names) : names_(std::move(names)) {
  for (std::string& name : names_) absl::AsciiStrToLower(&name);
}

bool Hosts::Allows(std::string_view host) const {
  if (names_.empty()) return true;
  const auto bracket = host.rfind(']');
  const auto colon = host.rfind(':');
  const bool has_port =
      colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  const std::string_view bare = has_port ? host.substr(0, colon) : host;
  const std::string name = absl::AsciiStrToLower({bare.data(), bare.size()});
  return std::ranges::any_of(names_, [&name](const std::string& allowed) {
    if (!allowed.starts_with("*.")) return allowed == name;
    return name.size() > allowed.size() - 1 && name.ends_with(std::string_view(allowed).substr(1));
  });
}

}  // namespace flux::gateway
