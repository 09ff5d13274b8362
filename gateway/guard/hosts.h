// hosts: which Host headers are served. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace flux::gateway {

class Hosts {
 public:
  // Names ("api.example.com"), wildcards ("*.example.com": everything below, not the name itself). Empty
  // means any.
  explicit Hosts(std::vector<std::string> names);

  // `host` as in the header: a port and the dot that ends a full name do not matter, nor does case, nor how
  // an IPv6 address is written. Without a host (HTTP/1.0) nothing is served where names are listed.
  bool Allows(std::string_view host) const;

 private:
  std::vector<std::string> names_;  // as CanonicalHost gives them
};

// A host as it is compared: lower case, without port and final dot; an IPv6 address in its shortest form, in
// brackets.
std::string CanonicalHost(std::string_view host);

// What stands behind the host's colon; empty where nothing does.
std::string_view PortOf(std::string_view host);

// What is wrong with one entry of --allowed-hosts; empty: nothing.
std::string CheckHost(const std::string& text);

}  // namespace flux::gateway
