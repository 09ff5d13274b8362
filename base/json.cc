// Measures the nesting before the parser allocates for it.
#include "base/json.h"

namespace flux {
namespace {

bool IsTooDeep(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > kMaxJsonDepth) return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

}  // namespace

Result<nlohmann::json> ParseJson(std::string_view text) {
  if (IsTooDeep(text)) {
    return Status(Reason::kInvalidJson, "nested deeper than " + std::to_string(kMaxJsonDepth) + " levels");
  }
  try {
    return nlohmann::json::parse(text);
  } catch (const nlohmann::json::parse_error& error) {
    return Status(Reason::kInvalidJson, "syntax error at byte " + std::to_string(error.byte));
  } catch (const nlohmann::json::exception&) {  // a number beyond the range of double
    return Status(Reason::kInvalidJson, "a number is out of range");
  }
}

std::string QuoteJson(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace flux
