// A JSON string begins after ':', ',' or '['; a quote within another string has a backslash before it. So a
// quote that follows one of those three begins a string, whatever prompts and names hold.
#include "service/fal/inline_pictures.h"

#include <absl/strings/escaping.h>

#include <charconv>
#include <system_error>
#include <utility>

namespace flux::fal {
namespace {

constexpr std::string_view kStart = "\"data:";
constexpr std::string_view kScheme = "data:";
constexpr std::string_view kCut = "data:cut-picture,";  // no type and no encoding: never a picture of fal's
constexpr std::size_t kLeast = 4096;                    // bytes; what is shorter is no burden

bool BeginsString(std::string_view json, std::size_t quote) {
  const auto before = json.find_last_not_of(" \t\r\n", quote == 0 ? 0 : quote - 1);
  return quote > 0 && before != std::string_view::npos &&
         std::string_view(":,[").find(json[before]) != std::string_view::npos;
}

}  // namespace

bool ReadDataUri(std::string_view uri, InlinePicture& picture) {
  constexpr std::string_view kEncoding = ";base64";
  const std::size_t comma = uri.find(',');
  if (!uri.starts_with(kScheme) || comma == std::string_view::npos) return false;
  std::string_view head = uri.substr(0, comma);
  if (!head.ends_with(kEncoding)) return false;
  head.remove_suffix(kEncoding.size());
  head.remove_prefix(kScheme.size());
  const std::string_view content = uri.substr(comma + 1);
  if (!absl::Base64Unescape({content.data(), content.size()}, &picture.bytes) || picture.bytes.empty()) {
    return false;
  }
  picture.content_type = head.substr(0, head.find(';'));
  return true;
}

std::vector<InlinePicture> CutPictures(std::string& json) {
  std::vector<InlinePicture> pictures;
  std::string rest;
  std::size_t copied = 0;
  for (std::size_t at = json.find(kStart); at != std::string::npos;) {
    const std::size_t begin = at + 1;
    const std::size_t end = json.find_first_of("\"\\", begin);
    if (end == std::string::npos) break;
    InlinePicture picture;
    if (json[end] == '"' && end - begin >= kLeast && BeginsString(json, at) &&
        ReadDataUri(std::string_view(json).substr(begin, end - begin), picture)) {
      rest.append(json, copied, begin - copied).append(kCut).append(std::to_string(pictures.size()));
      copied = end;
      pictures.push_back(std::move(picture));
    }
    at = json.find(kStart, end);
  }
  if (pictures.empty()) return pictures;
  rest.append(json, copied);
  json.swap(rest);
  return pictures;
}

InlinePicture* FindCut(std::vector<InlinePicture>& pictures, std::string_view text) {
  std::size_t index = 0;
  if (!text.starts_with(kCut)) return nullptr;
  text.remove_prefix(kCut.size());
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
  if (error != std::errc() || end != text.data() + text.size()) return nullptr;
  return index < pictures.size() ? &pictures[index] : nullptr;
}

}  // namespace flux::fal
