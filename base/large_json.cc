// Parses JSON with pictures in it: takes long strings out of the text, leaves a short name in the place of
// each, parses what is left, and moves the strings to where their names are.
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/json_text.h"

namespace flux {
namespace {

constexpr std::size_t kLong = 64 * 1024;  // bytes; what is shorter is no burden

// Whether a string stands for exactly its own characters, and is valid.
bool IsPlain(std::string_view string) {
  return std::ranges::all_of(string, [](char c) { return c >= 0x20 && c < 0x7f && c != '\\'; });
}

// Whether the string whose closing quote is at `close` names a member of an object.
bool IsName(std::string_view text, std::size_t close) {
  const std::size_t next = text.find_first_not_of(" \t\r\n", close + 1);
  return next != std::string_view::npos && text[next] == ':';
}

// Begins the names. It cannot be guessed, so no text of a caller's is taken for one.
std::string NewMark() {
  std::random_device random;
  return "long text " + std::to_string(random()) + std::to_string(random()) + " ";
}

struct Cut {
  std::string mark;
  std::string rest;                // the text with names in it
  std::vector<std::string> texts;  // in the order of their names, which end in a number
};

Cut CutLongTexts(std::string_view text) {
  Cut cut;
  std::size_t copied = 0;
  for (std::size_t open = text.find('"'); open != std::string_view::npos;) {
    const std::size_t close = EndOfString(text, open);
    if (close == text.size()) break;
    const std::string_view string = text.substr(open + 1, close - open - 1);
    if (string.size() >= kLong && IsPlain(string) && !IsName(text, close)) {
      if (cut.texts.empty()) cut.mark = NewMark();
      cut.rest.append(text, copied, open + 1 - copied)
          .append(cut.mark)
          .append(std::to_string(cut.texts.size()));
      cut.texts.emplace_back(string);
      copied = close;
    }
    open = text.find('"', close + 1);
  }
  cut.rest.append(text, copied);
  return cut;
}

// The parser has bounded how deep this goes.
void PutBack(Cut& cut, nlohmann::json& value) {
  if (value.is_structured()) {
    for (nlohmann::json& member : value) PutBack(cut, member);
    return;
  }
  if (!value.is_string()) return;
  auto& string = value.get_ref<std::string&>();
  if (!string.starts_with(cut.mark)) return;
  std::size_t number = 0;
  std::from_chars(string.data() + cut.mark.size(), string.data() + string.size(), number);
  string = std::move(cut.texts[number]);
}

}  // namespace

Result<nlohmann::json> ParseLargeJson(std::string text) {
  if (text.size() < kLong) return ParseJson(text);
  Cut cut = CutLongTexts(text);
  if (cut.texts.empty()) return ParseJson(text);
  Result<nlohmann::json> json = ParseJson(cut.rest);
  if (!json) {
    cut.texts.clear();
    return ParseJson(text);  // says where in the caller's text it went wrong
  }
  std::string().swap(text);
  PutBack(cut, *json);
  return json;
}

}  // namespace flux
