// Measures a text before the parser allocates for it.
#include "base/json.h"

#include <algorithm>

#include "base/json_text.h"

namespace flux {
namespace {

// What is too much about it; empty where nothing is. Brackets and commas outside strings bound depth and
// count, whether or not the text is JSON.
std::string_view Excess(std::string_view text) {
  int depth = 0;
  std::size_t values = 1;
  for (std::size_t i = 0; i < text.size(); ++i) {
    switch (text[i]) {
      case '"':
        i = EndOfString(text, i);
        break;
      case '{':
      case '[':
        ++values;
        if (++depth > kMaxJsonDepth) return "nested deeper than 64 levels";
        break;
      case '}':
      case ']':
        --depth;
        break;
      case ',':
        ++values;
        break;
      default:
        break;
    }
    if (values > kMaxJsonValues) return "more than 100000 values";
  }
  return {};
}

// What bytes are that cannot begin a JSON text, where they tell; empty where they do not.
std::string_view OtherFormat(std::string_view text) {
  using namespace std::string_view_literals;
  struct Sign {
    std::string_view begins;
    std::string_view is;
  };
  static constexpr Sign kSigns[] = {
      {"\x1f\x8b"sv, "compressed with gzip"},
      {"\x28\xb5\x2f\xfd"sv, "compressed with zstd"},
      {"\x78\x01"sv, "compressed with deflate"},
      {"\x78\x5e"sv, "compressed with deflate"},
      {"\x78\x9c"sv, "compressed with deflate"},
      {"\x78\xda"sv, "compressed with deflate"},
      {"\xff\xfe"sv, "UTF-16 instead of UTF-8"},
      {"\xfe\xff"sv, "UTF-16 instead of UTF-8"},
      {"\x89PNG"sv, "a picture"},
      {"\xff\xd8\xff"sv, "a picture"},
      {"GIF8"sv, "a picture"},
      {"RIFF"sv, "a picture"},
      {"--"sv, "a multipart form"},
      {"<"sv, "markup (HTML or XML)"},
  };
  for (const Sign& sign : kSigns) {
    if (text.starts_with(sign.begins)) return sign.is;
  }
  // Every other byte of two characters of ASCII is a NUL; a single NUL is a slip in UTF-8.
  const auto nul = [text](std::size_t at) { return at < text.size() && text[at] == '\0'; };
  if ((nul(1) && nul(3)) || (nul(0) && nul(2))) return "UTF-16 instead of UTF-8";
  // name=value&name=value: a name of letters, then an equals sign.
  const std::size_t name =
      text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.%[]+");
  const bool form = name != 0 && name != std::string_view::npos && text[name] == '=' && text[0] != '[';
  return form ? "a form (name=value)" : std::string_view();
}

// What the parser stumbled over, in the words of somebody who has to mend it.
std::string Cause(std::string_view text, const nlohmann::json::parse_error& error) {
  const std::string at = " at byte " + std::to_string(error.byte);
  if (const std::string_view other = OtherFormat(text); !other.empty()) {
    return "the text is " + std::string(other) + ", not JSON";
  }
  const std::string_view said = error.what();
  if (said.find("ill-formed UTF-8") != std::string_view::npos) {
    return "bytes that are not UTF-8" + at + "; encode the text as UTF-8";
  }
  if (said.find("surrogate") != std::string_view::npos)
    return "half of a surrogate pair (\\uD800 to \\uDFFF)" + at;
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return "the text is empty";
  return "syntax error" + at;
}

static_assert(kMaxJsonDepth == 64 && kMaxJsonValues == 100'000, "the sentences above name the limits");

}  // namespace

Result<nlohmann::json> ParseJson(std::string_view text) {
  // The parser takes a NUL for the end of the text, and whatever follows it would be ignored.
  if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) {
    const std::string_view other = OtherFormat(text);
    return Status(Reason::kInvalidJson,
                  other.empty() ? "a NUL byte at byte " + std::to_string(nul + 1) + "; JSON has none"
                                : "the text is " + std::string(other) + ", not JSON");
  }
  if (const std::string_view excess = Excess(text); !excess.empty()) {
    return Status(Reason::kInvalidJson, std::string(excess));
  }
  try {
    return nlohmann::json::parse(text);
  } catch (const nlohmann::json::parse_error& error) {
    return Status(Reason::kInvalidJson, Cause(text, error));
  } catch (const nlohmann::json::exception&) {  // a number beyond the range of double
    return Status(Reason::kInvalidJson, "a number is out of range");
  }
}

const nlohmann::json* Member(const nlohmann::json& object, const char* key) {
  if (!object.is_object()) return nullptr;
  const auto member = object.find(key);
  return member == object.end() ? nullptr : &*member;
}

std::string QuoteJson(std::string_view text) {
  const bool plain =
      std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; });
  if (plain) return std::string().append(1, '"').append(text).append(1, '"');
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace flux
