// Types first, then base/loose_text.
#include "gateway/doors/loose_json.h"

#include <cmath>

#include "base/loose_text.h"

namespace flux::gateway {
namespace {

constexpr double kExact = 9007199254740992.0;  // 2^53: below it, doubles hold every whole number

const std::string* TextOf(const nlohmann::json& value) {
  return value.is_string() ? &value.get_ref<const std::string&>() : nullptr;
}

}  // namespace

bool SaysNothing(const nlohmann::json& value) {
  if (const std::string* text = TextOf(value)) return Trimmed(*text).empty();
  return value.is_null() || (value.is_boolean() && !value.get<bool>());
}

bool IsEmpty(const nlohmann::json& value) {
  const std::string* text = TextOf(value);
  return value.is_null() || (text != nullptr && text->empty());
}

std::optional<double> NumberOf(const nlohmann::json& value) {
  if (value.is_number()) return value.get<double>();
  const std::string* text = TextOf(value);
  return text == nullptr ? std::nullopt : NumberIn(*text);
}

std::optional<std::uint64_t> WholeNumberOf(const nlohmann::json& value) {
  if (value.is_number_unsigned()) return value.get<std::uint64_t>();
  if (const std::string* text = TextOf(value)) {
    if (const auto digits = DigitsIn(*text)) return digits;
  }
  const std::optional<double> number = NumberOf(value);
  if (!number || *number != std::floor(*number) || *number < 0 || *number > kExact) return std::nullopt;
  return static_cast<std::uint64_t>(*number);
}

std::optional<bool> TruthOf(const nlohmann::json& value) {
  if (value.is_boolean()) return value.get<bool>();
  if (const std::string* text = TextOf(value)) return TruthIn(*text);
  if (!value.is_number()) return std::nullopt;
  const double number = value.get<double>();
  if (number != 0 && number != 1) return std::nullopt;
  return number == 1;
}

std::string_view WordOf(const nlohmann::json& value) {
  const std::string* text = TextOf(value);
  return text == nullptr ? std::string_view() : Trimmed(*text);
}

}  // namespace flux::gateway
