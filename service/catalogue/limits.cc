// Checks a value against a rule's limits and words the refusal. Numbers are written by absl, which writes
// them the same way in every locale.
#include "service/catalogue/limits.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace flux::service {
namespace {

bool IsUtf8(std::string_view text) {
  try {
    (void)nlohmann::json(text).dump();
    return true;
  } catch (const nlohmann::json::exception&) {
    return false;
  }
}

template <typename Number>
std::string OutOfRange(const ModelRow& row, const FieldRule& rule, Number value) {
  return absl::StrCat("must be ", RangeText(rule), " for ", row.name, ", not ", value);
}

}  // namespace

bool InRange(const FieldRule& rule, double value) {
  return (!rule.minimum || value >= *rule.minimum) && (!rule.maximum || value <= *rule.maximum);
}

std::string RangeText(const FieldRule& rule) {
  if (rule.minimum && rule.maximum) {
    if (*rule.minimum == *rule.maximum) return absl::StrCat(*rule.minimum);
    return absl::StrCat(*rule.minimum, " to ", *rule.maximum);
  }
  if (rule.minimum) return absl::StrCat("at least ", *rule.minimum);
  return absl::StrCat("at most ", rule.maximum.value_or(0));
}

Problem NumberProblem(const ModelRow& row, const FieldRule& rule, double value) {
  if (!std::isnan(value) && !InRange(rule, value)) return OutOfRange(row, rule, value);
  if (!std::isfinite(value)) return "must be a finite number";
  return std::nullopt;
}

Problem CountProblem(const ModelRow& row, const FieldRule& rule, std::uint64_t value) {
  if (!InRange(rule, static_cast<double>(value))) return OutOfRange(row, rule, value);
  return std::nullopt;
}

Problem LengthProblem(const ModelRow& row, const FieldRule& rule, std::uint64_t count,
                      std::string_view members) {
  if (InRange(rule, static_cast<double>(count))) return std::nullopt;
  return absl::StrCat("must be ", RangeText(rule), " ", std::string(members), " for ", row.name, ", not ",
                      count);
}

Problem ChoiceProblem(const ModelRow& row, const FieldRule& rule, std::string_view text) {
  if (!text.empty() && (rule.allowed.empty() || std::ranges::count(rule.allowed, text) > 0))
    return std::nullopt;
  if (rule.allowed.empty()) return "must not be empty";
  std::string values;
  for (const std::string& value : rule.allowed) {
    absl::StrAppend(&values, values.empty() ? "" : ", ", "\"", value, "\"");
  }
  return absl::StrCat("must be one of ", values, " for ", row.name);
}

Problem TextProblem(std::string_view text, std::size_t most_bytes) {
  if (text.size() > most_bytes) {
    return absl::StrCat("must be at most ", most_bytes, " bytes, not ", text.size());
  }
  if (!IsUtf8(text)) return "must be valid UTF-8";
  if (text.find('\0') != std::string_view::npos) return "must not hold NUL characters";
  return std::nullopt;
}

}  // namespace flux::service
