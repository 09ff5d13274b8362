// libcurl's parser reads a URL once and writes it anew.
#include "service/wire/url.h"

#include <absl/strings/ascii.h>
#include <curl/curl.h>

#include <algorithm>
#include <memory>

namespace flux::fal {
namespace {

using Url = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;
using Text = std::unique_ptr<char, decltype(&curl_free)>;

std::string Part(const Url& url, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url.get(), which, &text, flags) != CURLUE_OK) return {};
  const Text owned(text, &curl_free);
  return text;
}

}  // namespace

std::optional<ReadUrl> ParseUrl(const std::string& text) {
  const Url url(curl_url(), &curl_url_cleanup);
  const CURLUcode code = curl_url_set(url.get(), CURLUPART_URL, text.c_str(), CURLU_DISALLOW_USER);
  if (code == CURLUE_USER_NOT_ALLOWED) return ReadUrl{.has_user = true};
  if (code != CURLUE_OK) return std::nullopt;
  curl_url_set(url.get(), CURLUPART_FRAGMENT, nullptr, 0);
  return ReadUrl{.origin = {Part(url, CURLUPART_SCHEME), absl::AsciiStrToLower(Part(url, CURLUPART_HOST)),
                            Part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT)},
                 .text = Part(url, CURLUPART_URL, CURLU_NO_DEFAULT_PORT)};
}

bool IsVisibleAscii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
}

std::string EscapeQuery(std::string_view text) {
  if (text.empty()) return {};  // curl would measure it
  const Text escaped(curl_easy_escape(nullptr, text.data(), static_cast<int>(text.size())), &curl_free);
  return escaped ? escaped.get() : std::string();
}

}  // namespace flux::fal
