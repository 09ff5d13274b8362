// Url: what libcurl reads in an address, and how a text is written into one. Touches no network.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace flux::fal {

// "scheme://host:port" in parts, lower case.
struct Origin {
  std::string scheme = {};
  std::string host = {};
  std::string port = {};  // never empty: the scheme's own where the URL has none

  bool operator==(const Origin&) const = default;
};

struct ReadUrl {
  bool has_user = false;  // it holds a user name or password; then the rest is empty
  Origin origin = {};
  std::string text = {};  // written anew, without a fragment: what is judged is what is fetched
};

// Nothing where libcurl takes the text for no URL. `origin.scheme` may be any that libcurl knows.
std::optional<ReadUrl> ParseUrl(const std::string& text);

// Whether all of it is visible ASCII.
bool IsVisibleAscii(std::string_view text);

// `text` as a part of a query: all but letters, digits, "-", ".", "_" and "~" as %XX.
std::string EscapeQuery(std::string_view text);

}  // namespace flux::fal
