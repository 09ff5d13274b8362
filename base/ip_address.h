// IpAddress, IpNetwork: addresses as values, so that they can be compared, masked and counted. Pure; resolves
// no names.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace flux {

// An IPv4 or IPv6 address. IPv4 is kept as its IPv4-mapped IPv6 form (::ffff:a.b.c.d), which makes the two
// spellings of one address equal.
struct IpAddress {
  std::array<unsigned char, 16> bytes{};

  auto operator<=>(const IpAddress&) const = default;

  bool IsV4() const;
  // "192.0.2.1" or "2001:db8::1".
  std::string Text() const;
  // With all but the first `bits` (0 to 128) bits zero.
  IpAddress Masked(int bits) const;
};

// Dotted quads and RFC 4291 text, without brackets, port or zone; nullopt for anything else.
std::optional<IpAddress> ParseIpAddress(std::string_view text);

// All addresses that share a prefix.
struct IpNetwork {
  IpAddress first;
  int bits = 128;  // of the IPv6 form: 10.0.0.0/8 has 104

  bool operator==(const IpNetwork&) const = default;
  bool Holds(const IpAddress& address) const { return address.Masked(bits) == first; }
};

// "10.0.0.0/8", "2001:db8::/32" or a single address; nullopt for anything else, bits set behind the prefix
// included.
std::optional<IpNetwork> ParseIpNetwork(std::string_view text);

// Whether this is an address, and one that only this machine can reach.
bool IsLoopback(std::string_view text);

// Splits "HOST:PORT" or "[IPV6]:PORT"; false for anything else. The brackets are not part of the host.
bool SplitHostPort(const std::string& text, std::string& host, int& port);

// Whether only this machine can reach what listens here: a unix socket, or HOST:PORT with a loopback host.
bool IsLocalListener(const std::string& listen);

}  // namespace flux
