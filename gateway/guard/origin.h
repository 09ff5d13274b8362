// Origin: where a web page comes from, as parts that can be compared (RFC 6454). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace flux::gateway {

struct Origin {
  std::string scheme;  // lower case
  std::string host;    // as Hosts compares them: lower case, without the dot that ends a full name
  std::string port;    // the scheme's own where none is written; may be empty

  bool operator==(const Origin&) const = default;
};

// "https://a.example:8443"; nullopt for anything else, "null" and whatever has a path included.
std::optional<Origin> ParseOrigin(std::string_view text);

// The port that a browser leaves out: "443" of https; empty where there is none.
std::string_view DefaultPort(std::string_view scheme);

}  // namespace flux::gateway
