// One short reading per type.
#include "service/order/extra_value.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/loose_text.h"
#include "service/order/validate_extra.h"

namespace flux::service {
namespace {

using google::protobuf::Value;

bool SaysNotSet(const Value& value) {
  return value.has_null_value() || (value.has_bool_value() && !value.bool_value()) ||
         (value.has_string_value() && value.string_value().empty());
}

bool IsNotSet(const FieldRule& rule, const Value& value) {
  if (value.has_bool_value()) return rule.type != v1::PARAMETER_TYPE_BOOLEAN && !value.bool_value();
  if (value.has_string_value() && rule.type != v1::PARAMETER_TYPE_STRING) {
    return Trimmed(value.string_value()).empty();
  }
  return SaysNotSet(value);
}

const Value* ReadNumber(const Value& value, Value& room) {
  if (!value.has_string_value()) return &value;
  const std::optional<double> number = NumberIn(value.string_value());
  std::string_view text = Trimmed(value.string_value());
  if (text.starts_with('-')) text.remove_prefix(1);
  const std::optional<std::uint64_t> digits = DigitsIn(text);
  if (!number || (digits && *digits > static_cast<std::uint64_t>(kMaxExtraInteger))) return &value;
  room.set_number_value(*number);
  return &room;
}

const Value* ReadBoolean(const Value& value, Value& room) {
  std::optional<bool> truth;
  if (value.has_string_value()) truth = TruthIn(value.string_value());
  if (value.has_number_value() && (value.number_value() == 0 || value.number_value() == 1)) {
    truth = value.number_value() == 1;
  }
  if (!truth) return &value;
  room.set_bool_value(*truth);
  return &room;
}

// A list without the members that are not set; nullptr where that leaves none of those there were.
const Value* ReadObjects(const Value& value, Value& room) {
  if (!value.has_list_value()) return &value;
  const auto& members = value.list_value().values();
  if (std::ranges::none_of(members, &SaysNotSet)) return &value;
  auto& kept = *room.mutable_list_value();
  for (const Value& member : members) {
    if (!SaysNotSet(member)) *kept.add_values() = member;
  }
  return kept.values().empty() ? nullptr : &room;
}

}  // namespace

const Value* ReadExtra(const FieldRule& rule, const Value& value, Value& room) {
  if (IsNotSet(rule, value)) return nullptr;
  switch (rule.type) {
    case v1::PARAMETER_TYPE_INTEGER:
    case v1::PARAMETER_TYPE_NUMBER:
      return ReadNumber(value, room);
    case v1::PARAMETER_TYPE_BOOLEAN:
      return ReadBoolean(value, room);
    case v1::PARAMETER_TYPE_OBJECTS:
      return ReadObjects(value, room);
    default:
      return &value;
  }
}

}  // namespace flux::service
