// Measures a text before the parser allocates for it.
#include "base/json.h"

#include <algorithm>

namespace flux {
namespace {

// The index of the quote that ends the string that starts at `open`; text.size() where there is none.
std::size_t EndOfString(std::string_view text, std::size_t open) {
  for (std::size_t at = text.find('"', open + 1); at != std::string_view::npos; at = text.find('"', at + 1)) {
    const std::size_t before = text.find_last_not_of('\\', at - 1);  // the opening quote at the latest
    if ((at - before) % 2 == 1) return at;
  }
  return text.size();
}

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

static_assert(kMaxJsonDepth == 64 && kMaxJsonValues == 100'000, "the sentences above name the limits");

}  // namespace

Result<nlohmann::json> ParseJson(std::string_view text) {
  if (const std::string_view excess = Excess(text); !excess.empty()) {
    return Status(Reason::kInvalidJson, std::string(excess));
  }
  try {
    return nlohmann::json::parse(text);
  } catch (const nlohmann::json::parse_error& error) {
    return Status(Reason::kInvalidJson, "syntax error at byte " + std::to_string(error.byte));
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
