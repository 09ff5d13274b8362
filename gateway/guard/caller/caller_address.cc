// Elements are split from left to right, since only that way quotes can be told, and believed from right to
// left.
#include "gateway/guard/caller/caller_address.h"

#include <algorithm>
#include <optional>

#include "gateway/http/grammar.h"

namespace flux::gateway {
namespace {

constexpr std::string_view kUnix = "unix";

// "192.0.2.1", "192.0.2.1:80", "2001:db8::1", "[2001:db8::1]" or "[2001:db8::1]:80". Obfuscated identifiers
// and "unknown" are none.
std::optional<IpAddress> ParseNode(std::string_view node) {
  if (node.starts_with('[')) {
    const auto close = node.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    const std::string_view port = node.substr(close + 1);
    if (!port.empty() && port.front() != ':') return std::nullopt;
    const auto address = ParseIpAddress(node.substr(1, close - 1));
    return address && !address->IsV4() ? address : std::nullopt;
  }
  if (std::ranges::count(node, ':') == 1) node = node.substr(0, node.find(':'));
  return ParseIpAddress(node);
}

// Cuts `text` at each `separator` that is not inside a quoted-string; nullopt where a quote never ends.
std::optional<std::vector<std::string_view>> SplitOutsideQuotes(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  bool quoted = false;
  std::size_t start = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (quoted && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (!quoted && text[i] == separator) {
      parts.push_back(TrimWhitespace(text.substr(start, i - start)));
      start = i + 1;
    }
  }
  if (quoted) return std::nullopt;
  parts.push_back(TrimWhitespace(text.substr(start)));
  return parts;
}

// The node that an element of Forwarded says it is for; empty where it says none or more than one.
std::string_view ForOf(std::string_view element) {
  const auto pairs = SplitOutsideQuotes(element, ';');
  std::string_view found;
  if (!pairs) return found;
  for (const std::string_view pair : *pairs) {
    const auto equals = pair.find('=');
    if (!EqualsIgnoreCase(pair.substr(0, equals), "for")) continue;
    if (equals == std::string_view::npos || !found.empty()) return {};
    found = pair.substr(equals + 1);
    // No address needs an escape, so what has one is no address.
    if (found.size() >= 2 && found.starts_with('"') && found.ends_with('"')) {
      found = found.substr(1, found.size() - 2);
    }
  }
  return found;
}

// One hop per element of all lines of X-Forwarded-For; nullopt where there is no such line.
std::optional<std::vector<std::string_view>> XForwardedFor(const Request& request) {
  std::optional<std::vector<std::string_view>> hops;
  for (const auto& [name, value] : request.headers) {
    if (!EqualsIgnoreCase(name, "x-forwarded-for")) continue;
    if (!hops) hops.emplace();
    std::string_view rest = value;
    do {
      hops->push_back(TakeListElement(rest));
    } while (!rest.empty());
  }
  return hops;
}

// The same of Forwarded. A line that cannot be split counts as one hop that cannot be read.
std::optional<std::vector<std::string_view>> Forwarded(const Request& request) {
  std::optional<std::vector<std::string_view>> hops;
  for (const auto& [name, value] : request.headers) {
    if (!EqualsIgnoreCase(name, "forwarded")) continue;
    if (!hops) hops.emplace();
    const auto elements = SplitOutsideQuotes(value, ',');
    if (!elements) {
      hops->emplace_back();
      continue;
    }
    for (const std::string_view element : *elements) hops->push_back(ForOf(element));
  }
  return hops;
}

}  // namespace

CallerAddresses::CallerAddresses(const std::vector<std::string>& trusted) {
  for (const std::string& text : trusted) {
    if (text == kUnix) {
      unix_ = true;
    } else if (const auto network = ParseIpNetwork(text)) {
      networks_.push_back(*network);
    }
  }
}

std::string CallerAddresses::Of(const Request& request) const {
  const std::string& peer = request.remote_addr;
  if (networks_.empty() && !unix_) return peer;
  const auto address = ParseIpAddress(peer);
  if (address ? !Trusts(*address) : !(unix_ && peer == kUnix)) return peer;
  const auto standard = Forwarded(request);
  const auto usual = XForwardedFor(request);
  std::string told = standard ? LastUntrusted(*standard) : usual ? LastUntrusted(*usual) : std::string();
  if (standard && usual && told != LastUntrusted(*usual)) told.clear();
  return told.empty() ? peer : told;
}

bool CallerAddresses::Trusts(const IpAddress& address) const {
  return std::ranges::any_of(networks_, [&](const IpNetwork& network) { return network.Holds(address); });
}

std::string CallerAddresses::LastUntrusted(const std::vector<std::string_view>& hops) const {
  std::optional<IpAddress> address;
  for (auto hop = hops.rbegin(); hop != hops.rend(); ++hop) {
    address = ParseNode(*hop);
    if (!address || !Trusts(*address)) break;
  }
  return address ? address->Text() : std::string();
}

std::string CheckTrustedProxy(const std::string& text) {
  if (text == kUnix) return {};
  if (text.ends_with("/0")) return "\"" + text + "\" would let every caller choose its own address";
  if (ParseIpNetwork(text)) return {};
  const auto slash = text.find('/');
  if (slash != std::string::npos && ParseIpAddress(text.substr(0, slash))) {
    return "\"" + text + "\" is not a network such as 10.0.0.0/8 (no bits may be set behind the prefix)";
  }
  return "\"" + text + "\" is neither an address, nor a network such as 10.0.0.0/8, nor unix";
}

}  // namespace flux::gateway
