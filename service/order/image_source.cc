// Checks pictures that callers hand in: URLs with libcurl's parser, data URIs by their header and alphabet,
// files by their first bytes.
#include "service/order/image_source.h"

#include <absl/strings/match.h>
#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>

namespace flux::service {
namespace {

constexpr std::string_view kTypes = "JPEG, PNG, WebP, GIF or AVIF";

// An ISO media file whose brands include AVIF's (ISO/IEC 23000-22): a box "ftyp" of 4-byte brands, the first
// of them followed by a version. 256 bytes hold far more brands than any writer lists.
bool IsAvif(std::string_view bytes) {
  if (bytes.size() < 16 || bytes.substr(4, 4) != "ftyp") return false;
  std::uint32_t box = 0;
  for (const char byte : bytes.substr(0, 4)) box = box << 8 | static_cast<unsigned char>(byte);
  const std::size_t end = std::min<std::size_t>({box, bytes.size(), 256});
  for (std::size_t at = 8; at + 4 <= end; at += 4) {
    const std::string_view brand = bytes.substr(at, 4);
    if (at != 12 && (brand == "avif" || brand == "avis")) return true;
  }
  return false;
}

constexpr std::array<bool, 256> kIsBase64 = [] {
  std::array<bool, 256> table{};
  for (const char c : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")) {
    table[static_cast<unsigned char>(c)] = true;
  }
  return table;
}();

std::optional<std::string> SizeProblem(std::size_t bytes) {
  if (bytes <= kMaxImageBytes) return std::nullopt;
  return "must be at most 64 MiB";
}

std::optional<std::string> DataUriProblem(std::string_view uri) {
  constexpr std::string_view kScheme = "data:image/";
  constexpr std::array<std::string_view, 6> kSubtypes{"jpeg", "jpg", "png", "webp", "gif", "avif"};
  const std::size_t comma = uri.substr(0, 64).find(',');
  const std::string_view head = uri.substr(0, comma);
  const bool known =
      comma != std::string_view::npos && std::ranges::any_of(kSubtypes, [&](std::string_view subtype) {
        return absl::EqualsIgnoreCase({head.data(), head.size()},
                                      std::string(kScheme) + std::string(subtype) + ";base64");
      });
  if (!known) return "must read data:image/TYPE;base64,… with TYPE jpeg, png, webp, gif or avif";

  std::string_view content = uri.substr(comma + 1);
  const std::size_t length = content.size();
  for (int padding = 0; padding < 2 && content.ends_with('='); ++padding) content.remove_suffix(1);
  const auto is_base64 = [](char c) { return kIsBase64[static_cast<unsigned char>(c)]; };
  if (content.empty() || length % 4 != 0 || !std::ranges::all_of(content, is_base64)) {
    return "must hold padded base64 without line breaks after the comma";
  }
  return SizeProblem(content.size() / 4 * 3 + (content.size() % 4) * 3 / 4);
}

}  // namespace

std::string_view SniffImage(std::string_view bytes) {
  if (bytes.starts_with("\xff\xd8\xff")) return "image/jpeg";
  if (bytes.starts_with("\x89PNG\r\n\x1a\n")) return "image/png";
  if (bytes.starts_with("GIF87a") || bytes.starts_with("GIF89a")) return "image/gif";
  if (bytes.starts_with("RIFF") && bytes.size() >= 12 && bytes.substr(8, 4) == "WEBP") return "image/webp";
  if (IsAvif(bytes)) return "image/avif";
  return "";
}

std::optional<std::string> UrlProblem(const std::string& url) {
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

std::optional<std::string> ImageTextProblem(const std::string& text) {
  return text.starts_with("data:") ? DataUriProblem(text) : UrlProblem(text);
}

std::optional<std::string> ImageProblem(const v1::ImageInput& image) {
  switch (image.source_case()) {
    case v1::ImageInput::kUrl:
      return UrlProblem(image.url());
    case v1::ImageInput::kDataUri:
      return DataUriProblem(image.data_uri());
    case v1::ImageInput::kData:
      if (SniffImage(image.data()).empty()) return "must be a " + std::string(kTypes) + " file";
      return SizeProblem(image.data().size());
    case v1::ImageInput::SOURCE_NOT_SET:
      break;
  }
  return "must be a URL, a data: URI or the bytes of a " + std::string(kTypes) + " file";
}

}  // namespace flux::service
