// CallerAddresses: where a request really comes from when proxies stand in between. Believes Forwarded (RFC
// 7239) and X-Forwarded-For only as far as trusted proxies wrote them. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/ip_address.h"
#include "gateway/http/message.h"

namespace flux::gateway {

class CallerAddresses {
 public:
  // Addresses, networks ("10.0.0.0/8") and "unix", each valid by CheckTrustedProxy. Empty: nobody is trusted.
  explicit CallerAddresses(const std::vector<std::string>& trusted);

  // The address to hold the request against: the peer's own, unless the peer is a trusted proxy; then the
  // last address in the header that is not a trusted proxy's (the first one, if all are). Where the header
  // cannot be read that far, or Forwarded and X-Forwarded-For disagree, it is the peer's own again: a proxy
  // that writes one of them hands the other on as its caller wrote it.
  std::string Of(const Request& request) const;

 private:
  bool Trusts(const IpAddress& address) const;
  // Empty where the elements cannot be read as far as they matter.
  std::string LastUntrusted(const std::vector<std::string_view>& hops) const;

  std::vector<IpNetwork> networks_;
  bool unix_ = false;
};

// What is wrong with one entry of --trusted-proxies; empty: nothing.
std::string CheckTrustedProxy(const std::string& text);

}  // namespace flux::gateway
