// Looks at the parts, left to right.
#include "gateway/http/web_url.h"

#include <algorithm>

#include "gateway/http/grammar.h"

namespace flux::gateway {
namespace {

constexpr std::size_t kMostBytes = 2'048;

bool StartsWith(std::string_view text, std::string_view scheme) {
  return EqualsIgnoreCase(text.substr(0, scheme.size()), scheme);
}

}  // namespace

std::string_view FaultOfWebUrl(std::string_view url) {
  if (url.size() > kMostBytes) return "must have at most 2,048 bytes";
  const bool secure = StartsWith(url, "https://");
  if (!secure && !StartsWith(url, "http://")) return "must be a URL that begins with https://";
  if (!std::ranges::all_of(url, [](char c) { return c > ' ' && c <= '~' && c != '\\' && c != '"'; })) {
    return "must be a URL: it has white space or other bytes that no URL has";
  }
  url.remove_prefix(secure ? 8 : 7);
  const std::string_view authority = url.substr(0, url.find_first_of("/?#"));
  if (authority.find('@') != std::string_view::npos) return "must not have a user or password in it";
  if (authority.empty() || authority.front() == ':' || !IsHost(authority)) return "must name a host";
  if (url.find('#') != std::string_view::npos) return "must not have a fragment (#…)";
  return {};
}

}  // namespace flux::gateway
