// Checks pictures that callers hand in: URLs with libcurl's parser, files by their first bytes.
#include "service/order/image_source.h"

#include <curl/curl.h>

#include <algorithm>
#include <memory>

#include "base/loose_text.h"
#include "base/picture_type.h"
#include "service/order/data_uri.h"

namespace flux::service {
namespace {

std::optional<std::string> SizeProblem(std::size_t bytes) {
  if (bytes <= kMaxImageBytes) return std::nullopt;
  return std::string(kTooLarge);
}

}  // namespace

std::optional<std::string> UrlProblem(std::string_view said) {
  const std::string url(Trimmed(said));
  if (url.size() > kMaxUrlBytes) return "must be a URL of at most " + std::to_string(kMaxUrlBytes) + " bytes";
  if (!std::ranges::all_of(url, [](char c) { return c > 0x20 && c < 0x7f; })) {
    return "must be a URL of printable ASCII; percent-encode everything else";
  }
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed(curl_url(), &curl_url_cleanup);
  if (!parsed || curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) {
    return "must be an absolute http or https URL";
  }
  const auto part = [&](CURLUPart which) {
    char* text = nullptr;
    if (curl_url_get(parsed.get(), which, &text, 0) != CURLUE_OK || !text) return std::string();
    const std::unique_ptr<char, decltype(&curl_free)> owned(text, &curl_free);
    return std::string(text);
  };
  const std::string scheme = part(CURLUPART_SCHEME);
  // libcurl also reads one slash and three.
  const bool two_slashes = url.find("://") == scheme.size() && url[scheme.size() + 3] != '/';
  if ((scheme != "http" && scheme != "https") || !two_slashes) return "must be an absolute http or https URL";
  // fal downloads without credentials (fal-api §6), and these would end in its logs.
  if (!part(CURLUPART_USER).empty() || !part(CURLUPART_PASSWORD).empty()) {
    return "must be a URL without a user name and password; use a signed URL or send the bytes";
  }
  return std::nullopt;
}

std::optional<std::string> ImageTextProblem(std::string_view text) {
  return IsDataUri(text) ? DataUriProblem(text) : UrlProblem(text);
}

std::optional<std::string> ImageProblem(const v1::ImageInput& image) {
  switch (image.source_case()) {
    case v1::ImageInput::kUrl:
      return UrlProblem(image.url());
    case v1::ImageInput::kDataUri:
      return DataUriProblem(image.data_uri());
    case v1::ImageInput::kData:
      if (SniffImage(image.data()).empty()) return "must be a " + std::string(kImageTypes) + " file";
      return SizeProblem(image.data().size());
    case v1::ImageInput::SOURCE_NOT_SET:
      break;
  }
  return "must be a URL, a data: URI or the bytes of a " + std::string(kImageTypes) + " file";
}

}  // namespace flux::service
