// Request: one HTTP request as the doors see it: read whole, with no socket and no type of the HTTP library.
#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flux::sim {

struct Request {
  using Pairs = std::vector<std::pair<std::string, std::string>>;

  std::string method;  // "GET" for HEAD too
  std::string path;    // decoded, from its first "/"
  Pairs query;         // decoded; a name may come more than once
  Pairs headers;       // names in lower case
  std::string body;
  std::string request_id;      // new for each request
  std::string scheme;          // "http" or "https"
  std::string local_host;      // the address that the caller came in by; in brackets if IPv6
  std::string asked_host;      // the Host header where it is well-formed, else `local_host`:port
  std::function<bool()> left;  // whether the caller is gone

  // The header of that name in lower case; empty when there is none.
  std::string_view Header(std::string_view name) const {
    const auto found = std::ranges::find(headers, name, &Pairs::value_type::first);
    return found == headers.end() ? std::string_view() : std::string_view(found->second);
  }

  // The first value of that name.
  std::optional<std::string> Query(std::string_view name) const {
    const auto found = std::ranges::find(query, name, &Pairs::value_type::first);
    return found == query.end() ? std::nullopt : std::optional(found->second);
  }
};

}  // namespace flux::sim
