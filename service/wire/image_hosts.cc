// libcurl's parser reads the URL once and writes it anew, so that what is judged here is what is fetched.
#include "service/wire/image_hosts.h"

#include <absl/strings/ascii.h>
#include <curl/curl.h>

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>

namespace flux::fal {
namespace {

// Signed addresses of object stores have one or two kilobytes.
constexpr std::size_t kMaxUrlBytes = 8192;

using Url = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

Status Refused(std::string why) {
  return Status(Reason::kUpstreamProtocol, "the picture's address " + std::move(why));
}

Url Parse(const std::string& text, CURLUcode& code) {
  Url url(curl_url(), &curl_url_cleanup);
  code = curl_url_set(url.get(), CURLUPART_URL, text.c_str(), CURLU_DISALLOW_USER);
  return url;
}

std::string Part(const Url& url, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url.get(), which, &text, flags) != CURLUE_OK) return {};
  const std::unique_ptr<char, decltype(&curl_free)> owned(text, &curl_free);
  return text;
}

Origin OriginOf(const Url& url) {
  return {Part(url, CURLUPART_SCHEME), absl::AsciiStrToLower(Part(url, CURLUPART_HOST)),
          Part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT)};
}

std::string_view OwnPort(std::string_view scheme) {
  return scheme == "https" ? "443" : "80";
}

}  // namespace

ImageHosts::ImageHosts(const std::string& fal_url, std::vector<std::string> patterns)
    : patterns_(std::move(patterns)) {
  for (std::string& pattern : patterns_) absl::AsciiStrToLower(&pattern);
  CURLUcode code = CURLUE_OK;
  fal_ = OriginOf(Parse(fal_url, code));
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
  if (!std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; })) {
    return Refused("is not printable ASCII");
  }
  CURLUcode code = CURLUE_OK;
  const Url url = Parse(text, code);
  if (code == CURLUE_USER_NOT_ALLOWED) return Refused("holds a user name or password");
  const Origin origin = OriginOf(url);
  if (code != CURLUE_OK || (origin.scheme != "http" && origin.scheme != "https")) {
    return Refused("is no http or https URL");
  }
  if (origin.scheme == "http" && fal_.scheme != "http")
    return Refused("is http; pictures are fetched over https");
  if (!Matches(origin)) {
    return Refused("is at \"" + origin.host + ":" + origin.port + "\", which --fetch-hosts does not allow");
  }
  curl_url_set(url.get(), CURLUPART_FRAGMENT, nullptr, 0);
  return Part(url, CURLUPART_URL, CURLU_NO_DEFAULT_PORT);
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
