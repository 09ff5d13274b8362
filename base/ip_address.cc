// inet_pton and inet_ntop do the reading and writing.
#include "base/ip_address.h"

#include <absl/strings/numbers.h>
#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <span>

namespace flux {
namespace {

constexpr std::array<unsigned char, 12> kV4Prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
constexpr int kV4PrefixBits = 96;
constexpr int kBits = 128;

}  // namespace

bool IpAddress::IsV4() const {
  return std::ranges::equal(kV4Prefix, std::span(bytes).first<kV4Prefix.size()>());
}

std::string IpAddress::Text() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const bool v4 = IsV4();
  inet_ntop(v4 ? AF_INET : AF_INET6, bytes.data() + (v4 ? kV4Prefix.size() : 0), text.data(), text.size());
  return text.data();
}

IpAddress IpAddress::Masked(int bits) const {
  IpAddress masked;
  const auto whole = static_cast<std::size_t>(bits / 8);
  std::copy_n(bytes.begin(), whole, masked.bytes.begin());
  if (bits % 8 != 0) {
    masked.bytes.at(whole) = static_cast<unsigned char>(bytes.at(whole) & (0xFF00 >> (bits % 8)));
  }
  return masked;
}

std::optional<IpAddress> ParseIpAddress(std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN> copy{};  // inet_pton wants an end mark
  if (text.size() >= copy.size() || text.find('\0') != std::string_view::npos) return std::nullopt;
  std::ranges::copy(text, copy.begin());
  IpAddress address;
  if (inet_pton(AF_INET6, copy.data(), address.bytes.data()) == 1) return address;
  std::ranges::copy(kV4Prefix, address.bytes.begin());
  if (inet_pton(AF_INET, copy.data(), address.bytes.data() + kV4Prefix.size()) == 1) return address;
  return std::nullopt;
}

std::optional<IpNetwork> ParseIpNetwork(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = ParseIpAddress(text.substr(0, slash));
  if (!address) return std::nullopt;
  IpNetwork network{*address, kBits};
  if (slash == std::string_view::npos) return network;
  const std::string_view digits = text.substr(slash + 1);
  const bool v4 = text.find(':') == std::string_view::npos;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), network.bits);
  if (error != std::errc() || end != digits.data() + digits.size() || digits.front() == '-') {
    return std::nullopt;
  }
  if (network.bits > (v4 ? kBits - kV4PrefixBits : kBits)) return std::nullopt;
  if (v4) network.bits += kV4PrefixBits;
  if (address->Masked(network.bits) != *address) return std::nullopt;
  return network;
}

bool IsLoopback(std::string_view text) {
  static const IpNetwork kV4 = *ParseIpNetwork("127.0.0.0/8");
  static const IpNetwork kV6 = *ParseIpNetwork("::1");
  const std::optional<IpAddress> address = ParseIpAddress(text);
  return address && (kV4.Holds(*address) || kV6.Holds(*address));
}

bool SplitHostPort(const std::string& text, std::string& host, int& port) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) return false;
  host = text.substr(0, colon);
  if (host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  return absl::SimpleAtoi(text.substr(colon + 1), &port) && port >= 0 && port <= 65535;
}

bool IsLocalListener(const std::string& listen) {
  if (listen.starts_with("unix:")) return true;
  std::string host;
  int port = 0;
  return SplitHostPort(listen, host, port) && (host == "localhost" || IsLoopback(host));
}

}  // namespace flux
