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

  // `host` as in the header, with or without a port; compared without case.
  bool Allows(std::string_view host) const;

 private:
  std::vector<std::string> names_;  // lower case
};

}  // namespace flux::gateway
