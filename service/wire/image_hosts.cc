// What is judged here is what is fetched: the URL as libcurl writes it anew.
#include "service/wire/image_hosts.h"

#include <absl/strings/ascii.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace flux::fal {
namespace {

// Signed addresses of object stores have one or two kilobytes.
constexpr std::size_t kMaxUrlBytes = 8192;

Status Refused(std::string why) {
  return Status(Reason::kUpstreamProtocol, "the picture's address " + std::move(why));
}

std::string_view OwnPort(std::string_view scheme) {
  return scheme == "https" ? "443" : "80";
}

}  // namespace

ImageHosts::ImageHosts(const std::string& fal_url, std::vector<std::string> patterns)
    : patterns_(std::move(patterns)) {
  for (std::string& pattern : patterns_) absl::AsciiStrToLower(&pattern);
  if (std::optional<ReadUrl> url = ParseUrl(fal_url)) fal_ = std::move(url->origin);
}

bool ImageHosts::Matches(const Origin& origin) const {
  if (origin.host == fal_.host && origin.port == fal_.port) return true;
  if (origin.port != OwnPort(origin.scheme)) return false;
  return std::ranges::any_of(patterns_, [&host = origin.host](const std::string& pattern) {
    if (!pattern.starts_with("*.")) return host == pattern;
    return host.size() >= pattern.size() && host.ends_with(std::string_view(pattern).substr(1));
  });
}

Result<std::string> ImageHosts::Allowed(const std::string& text) const {
  if (text.size() > kMaxUrlBytes) return Refused("has more than " + std::to_string(kMaxUrlBytes) + " bytes");
  if (!IsVisibleAscii(text)) return Refused("is not printable ASCII");
  std::optional<ReadUrl> url = ParseUrl(text);
  if (url && url->has_user) return Refused("holds a user name or password");
  if (!url || (url->origin.scheme != "http" && url->origin.scheme != "https")) {
    return Refused("is no http or https URL");
  }
  const Origin& origin = url->origin;
  if (origin.scheme == "http" && fal_.scheme != "http")
    return Refused("is http; pictures are fetched over https");
  if (!Matches(origin)) {
    return Refused("is at \"" + origin.host + ":" + origin.port + "\", which --fetch-hosts does not allow");
  }
  return std::move(url->text);
}

std::optional<std::string> HostPatternProblem(const std::string& pattern) {
  std::string_view name = pattern;
  if (name.starts_with("*.")) name.remove_prefix(2);
  const bool sound = !name.empty() && name.front() != '.' && std::ranges::all_of(name, [](unsigned char c) {
    return absl::ascii_isalnum(c) || c == '-' || c == '.';
  });
  if (sound) return std::nullopt;
  return "\"" + pattern + "\" is not a host name such as cdn.example.com or *.example.com";
}

}  // namespace flux::fal
