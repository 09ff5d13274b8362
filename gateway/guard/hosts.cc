// Compares host names.
#include "gateway/guard/hosts.h"

#include <absl/strings/ascii.h>

#include <algorithm>

#include "base/ip_address.h"
#include "gateway/http/grammar.h"

namespace flux::gateway {
std::string CanonicalHost(std::string_view host) {
  if (host.starts_with('[')) {
    const auto close = host.find(']');
    if (close == std::string_view::npos) return std::string(host);
    const auto address = ParseIpAddress(host.substr(1, close - 1));
    return address && !address->IsV4() ? "[" + address->Text() + "]" : std::string(host);
  }
  host = host.substr(0, host.find(':'));
  if (host.ends_with('.')) host.remove_suffix(1);
  return absl::AsciiStrToLower({host.data(), host.size()});
}

std::string_view PortOf(std::string_view host) {
  const auto colon = host.find(':', host.starts_with('[') ? host.find(']') : 0);
  return colon == std::string_view::npos ? std::string_view() : host.substr(colon + 1);
}

Hosts::Hosts(std::vector<std::string> names) : names_(std::move(names)) {
  for (std::string& name : names_) name = CanonicalHost(name);
}

bool Hosts::Allows(std::string_view host) const {
  if (names_.empty()) return true;
  const std::string name = CanonicalHost(host);
  return std::ranges::any_of(names_, [&name](const std::string& allowed) {
    if (!allowed.starts_with("*.")) return allowed == name;
    return name.size() > allowed.size() - 1 && name.ends_with(std::string_view(allowed).substr(1));
  });
}

std::string CheckHost(const std::string& text) {
  const std::string wrong = "\"" + text + "\" is not a host such as api.example.com or *.example.com";
  std::string_view name = text;
  if (name.starts_with("*.")) name.remove_prefix(2);
  if (!IsHost(name) || name.starts_with('.') || name.find('*') != std::string_view::npos) return wrong;
  if (!PortOf(name).empty() || name.ends_with(':')) {
    return "\"" + text + "\" must be without a port: hosts are served on any";
  }
  return {};
}

}  // namespace flux::gateway
