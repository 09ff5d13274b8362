// The list of networks is IANA's registries of special-purpose addresses (RFC 6890), as of 2025.
#include "service/jobs/webhook_targets.h"

#include <absl/strings/ascii.h>
#include <absl/strings/numbers.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

namespace flux::service {
namespace {

constexpr std::size_t kLongestUrl = 2048;

constexpr std::array kNotPublicV4{
    "0.0.0.0/8",     "10.0.0.0/8",      "100.64.0.0/10",  "127.0.0.0/8",    "169.254.0.0/16",
    "172.16.0.0/12", "192.0.0.0/24",    "192.0.2.0/24",   "192.88.99.0/24", "192.168.0.0/16",
    "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4",    "240.0.0.0/4",
};
// Of 2000::/3, outside of which nothing is routed. 2001::/23 has Teredo, 2002::/16 is 6to4: both hold IPv4.
constexpr std::array kNotPublicV6{"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"};

bool IsWithin(const IpAddress& address, const auto& networks) {
  return std::ranges::any_of(networks,
                             [&](const char* text) { return ParseIpNetwork(text)->Holds(address); });
}

// The address that a NAT64 gateway makes of it (RFC 6052).
std::optional<IpAddress> ThroughNat64(const IpAddress& address) {
  if (!ParseIpNetwork("64:ff9b::/96")->Holds(address)) return std::nullopt;
  IpAddress inner = *ParseIpAddress("0.0.0.0");
  std::copy_n(address.bytes.begin() + 12, 4, inner.bytes.begin() + 12);
  return inner;
}

std::string_view WithoutBrackets(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return host;
}

bool IsHostName(std::string_view name) {
  return !name.empty() && name.size() <= 253 && name.front() != '.' && name.front() != '-' &&
         std::ranges::all_of(name, [](unsigned char c) {
           return absl::ascii_isalnum(c) || c == '-' || c == '.' || c == '_';
         });
}

// Names that no resolver of the internet knows.
bool IsLocalName(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  return host.find('.') == std::string_view::npos || host.ends_with(".localhost") ||
         host.ends_with(".local") || host.ends_with(".internal");
}

Status Refused(std::string why) {
  return Status(Reason::kInvalidField, std::move(why));
}

// A host, or host and port, in small letters.
struct HostPort {
  std::string host;
  std::string port;
};

std::optional<HostPort> ReadHost(const std::string& item) {
  HostPort read{absl::AsciiStrToLower(item), {}};
  std::string host;
  int port = 0;
  if (!ParseIpAddress(item) && SplitHostPort(read.host, host, port)) {
    if (port == 0) return std::nullopt;
    read = {host, std::to_string(port)};
  }
  read.host = WithoutBrackets(read.host);
  if (!IsHostName(read.host) && !ParseIpAddress(read.host)) return std::nullopt;
  return read;
}

}  // namespace

bool IsPublic(const IpAddress& address) {
  if (address.IsV4()) return !IsWithin(address, kNotPublicV4);
  if (const std::optional<IpAddress> inner = ThroughNat64(address)) return IsPublic(*inner);
  return ParseIpNetwork("2000::/3")->Holds(address) && !IsWithin(address, kNotPublicV6);
}

WebhookTargets::WebhookTargets(const std::vector<std::string>& allow) {
  for (const std::string& item : allow) {
    if (item.find('/') != std::string::npos) {
      if (const auto network = ParseIpNetwork(item)) networks_.push_back(*network);
    } else if (std::optional<HostPort> read = ReadHost(item)) {
      hosts_.push_back({std::move(read->host), std::move(read->port)});
    }
  }
}

bool WebhookTargets::Names(const fal::Origin& origin) const {
  const std::string_view host = WithoutBrackets(origin.host);
  return std::ranges::any_of(hosts_, [&](const Host& allowed) {
    return allowed.name == host && (allowed.port.empty() || allowed.port == origin.port);
  });
}

bool WebhookTargets::Holds(const IpAddress& address) const {
  return std::ranges::any_of(networks_, [&](const IpNetwork& network) { return network.Holds(address); });
}

bool WebhookTargets::MayConnect(const fal::Origin& origin, const IpAddress& address) const {
  return IsPublic(address) || Names(origin) || Holds(address);
}

Result<WebhookTarget> WebhookTargets::Check(const std::string& url) const {
  if (url.size() > kLongestUrl) return Refused("must have at most 2048 bytes");
  if (!fal::IsVisibleAscii(url)) return Refused("must be visible ASCII; write other characters as %XX");
  std::optional<fal::ReadUrl> read = fal::ParseUrl(url);
  if (!read) return Refused("must be an https URL");
  if (read->has_user) return Refused("must not hold a user name or password");
  WebhookTarget target{std::move(read->text), std::move(read->origin)};
  const std::string_view host = WithoutBrackets(target.origin.host);
  const std::optional<IpAddress> address = ParseIpAddress(host);
  const bool excepted = Names(target.origin) || (address && Holds(*address));
  if (target.origin.scheme != "https" && (target.origin.scheme != "http" || !excepted)) {
    return Refused("must be an https URL");
  }
  if (excepted) return target;
  if (host.find('%') != std::string_view::npos || (address && !IsPublic(*address)) ||
      (!address && IsLocalName(host))) {
    return Refused("must point to a host on the internet; its operator can allow others (--webhook-allow)");
  }
  return target;
}

std::optional<std::string> WebhookAllowProblem(const std::string& item) {
  const bool sound =
      item.find('/') != std::string::npos ? ParseIpNetwork(item).has_value() : ReadHost(item).has_value();
  if (sound) return std::nullopt;
  return "\"" + item + "\" is no host, host:port or network such as hooks.example.com or 10.0.0.0/8";
}

}  // namespace flux::service
