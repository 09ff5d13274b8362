// Checks the form first, so that only what looks like a number reaches the conversion.
#include "base/loose_text.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <system_error>

namespace flux {
namespace {

constexpr std::string_view kDigits = "0123456789";

// Takes digits off the front; how many there were.
std::size_t TakeDigits(std::string_view& text) {
  const std::size_t count = std::min(text.find_first_not_of(kDigits), text.size());
  text.remove_prefix(count);
  return count;
}

bool TakeSign(std::string_view& text) {
  const bool minus = text.starts_with('-');
  if (minus || text.starts_with('+')) text.remove_prefix(1);
  return minus;
}

// [sign] digits [. digits] [e [sign] digits], with a digit before or after the point.
bool IsNumber(std::string_view text) {
  TakeSign(text);
  std::size_t digits = TakeDigits(text);
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    digits += TakeDigits(text);
  }
  if (digits == 0) return false;
  if (!text.starts_with('e') && !text.starts_with('E')) return text.empty();
  text.remove_prefix(1);
  TakeSign(text);
  return TakeDigits(text) > 0 && text.empty();
}

}  // namespace

std::string_view Trimmed(std::string_view text) {
  const auto space = [](char c) { return absl::ascii_isspace(static_cast<unsigned char>(c)); };
  while (!text.empty() && space(text.front())) text.remove_prefix(1);
  while (!text.empty() && space(text.back())) text.remove_suffix(1);
  return text;
}

std::optional<double> NumberIn(std::string_view text) {
  text = Trimmed(text);
  if (!IsNumber(text)) return std::nullopt;
  const bool minus = TakeSign(text);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc::result_out_of_range) {
    // Too large, or too close to zero: the exponent's sign tells, for nobody writes a thousand digits.
    number = text.find("e-") == std::string_view::npos && text.find("E-") == std::string_view::npos
                 ? std::numeric_limits<double>::infinity()
                 : 0;
  }
  return minus ? -number : number;
}

std::optional<std::uint64_t> DigitsIn(std::string_view text) {
  text = Trimmed(text);
  if (text.starts_with('+')) text.remove_prefix(1);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<bool> TruthIn(std::string_view text) {
  text = Trimmed(text);
  const absl::string_view word(text.data(), text.size());
  if (word == "1" || absl::EqualsIgnoreCase(word, "true")) return true;
  if (word == "0" || absl::EqualsIgnoreCase(word, "false")) return false;
  return std::nullopt;
}

}  // namespace flux
