// Looks at the head, at the alphabet, and at the first bytes; decodes no more than those.
#include "service/order/data_uri.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>

#include <algorithm>
#include <array>
#include <cstddef>

#include "base/base64.h"
#include "base/loose_text.h"
#include "base/picture_type.h"
#include "service/order/image_source.h"

namespace flux::service {
namespace {

constexpr std::string_view kScheme = "data:";
constexpr std::string_view kWhite = " \t\r\n\v\f";
constexpr std::size_t kMostHead = 1024;   // a file's name may be a parameter
constexpr std::size_t kSniffed = 86 * 4;  // characters of 258 bytes; SniffImage looks at 256

enum class Kind : unsigned char { kOther, kBase64, kSpace };

constexpr std::array<Kind, 256> kKinds = [] {
  std::array<Kind, 256> table{};
  for (const char c : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")) {
    table[static_cast<unsigned char>(c)] = Kind::kBase64;
  }
  for (const char c : kWhite) table[static_cast<unsigned char>(c)] = Kind::kSpace;
  return table;
}();

Kind KindOf(char c) {
  return kKinds[static_cast<unsigned char>(c)];
}

bool Equal(std::string_view a, std::string_view b) {
  return absl::EqualsIgnoreCase({a.data(), a.size()}, {b.data(), b.size()});
}

// What follows the comma after ";base64"; nullopt where there is none. A file's name before it may have
// commas of its own.
std::optional<std::string_view> Content(std::string_view uri) {
  uri = Trimmed(uri);
  if (!IsDataUri(uri)) return std::nullopt;
  const std::string_view head = uri.substr(0, kMostHead);
  for (std::size_t comma = head.find(','); comma != std::string_view::npos;
       comma = head.find(',', comma + 1)) {
    const std::size_t semicolon = head.substr(0, comma).rfind(';');
    if (semicolon == std::string_view::npos) continue;
    if (Equal(Trimmed(head.substr(semicolon + 1, comma - semicolon - 1)), "base64")) {
      return Trimmed(uri.substr(comma + 1));
    }
  }
  return std::nullopt;
}

// What the first `characters` of base64, a multiple of 4, stand for.
std::string Decoded(std::string_view content, std::size_t characters) {
  std::string first;
  first.reserve(std::min(content.size(), characters));
  for (const char c : content) {
    if (KindOf(c) != Kind::kSpace) first += c;
    if (first.size() == characters) break;
  }
  std::string bytes;
  return AppendFromBase64(first, bytes) ? bytes : std::string();
}

// The media type by the first bytes; empty where they are of no picture.
std::string_view TypeOf(std::string_view content) {
  return SniffImage(Decoded(content, kSniffed));
}

}  // namespace

bool IsDataUri(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kWhite), text.size()));
  return Equal(text.substr(0, kScheme.size()), kScheme);
}

std::optional<std::string> DataUriProblem(std::string_view uri) {
  constexpr std::string_view kWanted =
      "must read data:image/TYPE;base64,… with TYPE jpeg, png, webp, gif or avif";
  const std::optional<std::string_view> content = Content(uri);
  if (!content) return std::string(kWanted);

  std::size_t characters = 0;
  std::size_t padding = 0;
  bool fine = true;
  for (const char c : *content) {
    const Kind kind = KindOf(c);
    if (kind == Kind::kSpace) continue;
    ++characters;
    if (c == '=') ++padding;
    fine = fine && (c == '=' ? padding <= 2 : kind == Kind::kBase64 && padding == 0);
  }
  if (!fine || characters == padding || characters % 4 != 0) {
    return "must hold padded base64 after the comma";
  }
  const std::size_t bytes = characters / 4 * 3 - padding;
  if (bytes > kMaxImageBytes) return std::string(kTooLarge);
  if (TypeOf(*content).empty()) {
    return "must hold the bytes of a " + std::string(kImageTypes) + " file as base64, and these are of none";
  }
  return std::nullopt;
}

std::string FirstBytes(std::string_view uri, std::size_t most) {
  const std::optional<std::string_view> content = Content(uri);
  return content ? Decoded(*content, Base64Size(most)) : std::string();
}

void AppendDataUri(std::string_view uri, std::string& out) {
  const std::optional<std::string_view> content = Content(uri);
  const std::string_view type = content ? TypeOf(*content) : std::string_view();
  if (type.empty()) {
    out += uri;
    return;
  }
  out.append(kScheme).append(type).append(";base64,");
  for (std::string_view rest = *content; !rest.empty();) {
    const std::size_t run = std::min(rest.find_first_of(kWhite), rest.size());
    out += rest.substr(0, run);
    rest.remove_prefix(run);
    rest.remove_prefix(std::min(rest.find_first_not_of(kWhite), rest.size()));
  }
}

}  // namespace flux::service
