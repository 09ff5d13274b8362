// Checks form and length; understands nothing else.
#include "base/trace.h"

#include <algorithm>

namespace flux {
namespace {

constexpr std::size_t kLength = 55;

bool IsHex(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool IsId(std::string_view text) {
  return IsHex(text) && text.find_first_not_of('0') != std::string_view::npos;
}

}  // namespace

bool IsTraceparent(std::string_view text) {
  constexpr std::size_t kMost = 256;
  if (text.size() < kLength || text.size() > kMost) return false;
  const std::string_view version = text.substr(0, 2);
  if (!IsHex(version) || version == "ff" || (version == "00" && text.size() != kLength)) return false;
  if (text.size() > kLength && text[kLength] != '-') return false;
  const bool printable = std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
  return printable && text[2] == '-' && IsId(text.substr(3, 32)) && text[35] == '-' &&
         IsId(text.substr(36, 16)) && text[52] == '-' && IsHex(text.substr(53, 2));
}

std::string_view TraceId(std::string_view traceparent) {
  return IsTraceparent(traceparent) ? traceparent.substr(3, 32) : std::string_view();
}

}  // namespace flux
