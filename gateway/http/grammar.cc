// Table lookups, built at compile time.
#include "gateway/http/grammar.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace flux::gateway {
namespace {

enum CharClass : std::uint8_t { kTokenBit = 1, kPathBit = 2, kValueBit = 4, kHostBit = 8, kQueryBit = 16 };

constexpr bool IsAlnum(int c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

constexpr std::array<std::uint8_t, 256> BuildClasses() {
  constexpr std::string_view kTokenMarks = "!#$%&'*+-.^_`|~";
  constexpr std::string_view kPathMarks = "-._~!$&'()*+,;=:@/%";
  constexpr std::string_view kHostMarks = "-._~";
  std::array<std::uint8_t, 256> classes{};
  for (int c = 0; c < 256; ++c) {
    const char ch = static_cast<char>(c);
    std::uint8_t bits = 0;
    if (IsAlnum(c) || kTokenMarks.find(ch) != std::string_view::npos) bits |= kTokenBit;
    if (IsAlnum(c) || kPathMarks.find(ch) != std::string_view::npos) bits |= kPathBit;
    if (IsAlnum(c) || kHostMarks.find(ch) != std::string_view::npos) bits |= kHostBit;
    if (c == '\t' || (c >= 0x20 && c != 0x7f)) bits |= kValueBit;
    if (c > 0x20 && c != 0x7f && c != '#') bits |= kQueryBit;
    classes[static_cast<std::size_t>(c)] = bits;
  }
  return classes;
}

constexpr auto kClasses = BuildClasses();

bool Has(char c, CharClass bit) {
  return (kClasses[static_cast<std::uint8_t>(c)] & bit) != 0;
}

char Lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

bool IsPort(std::string_view text) {
  constexpr int kMost = 65535;
  if (text.empty() || text.size() > 5) return false;
  int port = 0;
  for (const char c : text) {
    if (!IsDigit(c)) return false;
    port = port * 10 + (c - '0');
  }
  return port <= kMost;
}

}  // namespace

bool IsTokenChar(char c) {
  return Has(c, kTokenBit);
}

bool IsToken(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, IsTokenChar);
}

bool IsFieldValue(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return Has(c, kValueBit); });
}

bool IsPathChar(char c) {
  return Has(c, kPathBit);
}

bool IsQueryChar(char c) {
  return Has(c, kQueryBit);
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char low = Lower(c);
  return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

bool EqualsIgnoreCase(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return Lower(x) == Lower(y); });
}

std::string_view TrimWhitespace(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool IsHost(std::string_view text) {
  std::string_view port;
  bool has_port = false;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos || end < 3) return false;  // "[::" is the shortest address
    const std::string_view address = text.substr(1, end - 1);
    if (!std::ranges::all_of(address, [](char c) { return HexValue(c) >= 0 || c == ':' || c == '.'; }))
      return false;
    if (address.find(':') == std::string_view::npos) return false;
    const std::string_view after = text.substr(end + 1);
    has_port = !after.empty();
    if (has_port && after.front() != ':') return false;
    if (has_port) port = after.substr(1);
  } else {
    const auto colon = text.find(':');
    const std::string_view name = text.substr(0, colon);
    if (name.empty() || !std::ranges::all_of(name, [](char c) { return Has(c, kHostBit); })) return false;
    has_port = colon != std::string_view::npos;
    if (has_port) port = text.substr(colon + 1);
  }
  return !has_port || IsPort(port);
}

std::string_view TakeListElement(std::string_view& rest) {
  const auto comma = rest.find(',');
  const std::string_view element = rest.substr(0, comma);
  rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
  return TrimWhitespace(element);
}

}  // namespace flux::gateway
