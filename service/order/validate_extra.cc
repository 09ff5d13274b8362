// Checks the fields that only some models have: first for those that the model needs and the order lacks,
// then each one that the order has.
#include "service/order/validate_extra.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>

#include "base/json.h"
#include "base/text.h"
#include "service/catalogue/limits.h"
#include "service/order/extra_value.h"
#include "service/order/image_source.h"
#include "service/order/picture_extent.h"
#include "service/order/validate.h"

namespace flux::service {
namespace {

using google::protobuf::Struct;
using google::protobuf::Value;

constexpr int kMostUnknown = 20;        // then the point is made
constexpr std::size_t kMostShown = 64;  // bytes of a caller's own name

// A caller's own name, fit for an error.
std::string Shown(std::string_view name) {
  if (name.empty()) return "extra";
  return Shorten(name, kMostShown);
}

// What is inside of an object is fal's to judge, as long as it can be written.
Problem InsideProblem(const Value& value, int depth = 0) {
  const bool structured = value.has_struct_value() || value.has_list_value();
  if (structured && depth == kMaxValueDepth) return "must not be nested deeper than 24 levels";
  switch (value.kind_case()) {
    case Value::kNumberValue:
      if (!std::isfinite(value.number_value())) return "must hold finite numbers only";
      return std::nullopt;
    case Value::kStringValue:
      if (value.string_value().find('\0') != std::string::npos) return "must not hold NUL characters";
      return std::nullopt;
    case Value::kStructValue:
      for (const auto& [name, member] : value.struct_value().fields()) {
        if (auto problem = InsideProblem(member, depth + 1)) return problem;
      }
      return std::nullopt;
    case Value::kListValue:
      for (const Value& member : value.list_value().values()) {
        if (auto problem = InsideProblem(member, depth + 1)) return problem;
      }
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

Problem ObjectProblem(const Value& value) {
  if (value.ByteSizeLong() > kMaxObjectBytes) return "must be at most 10 MiB; hand larger pictures in by URL";
  return InsideProblem(value);
}

Problem ListProblem(const ModelRow& row, const FieldRule& rule, const Value& value) {
  const auto& members = value.list_value().values();
  const bool objects = value.kind_case() == Value::kListValue &&
                       std::ranges::all_of(members, [](const Value& one) { return one.has_struct_value(); });
  if (!objects) return "must be a list of objects";
  if (auto problem = LengthProblem(row, rule, static_cast<std::uint64_t>(members.size()), "objects"))
    return problem;
  return ObjectProblem(value);
}

bool IsSetIn(const Order& order, const FieldRule& rule) {
  if (!order.extra) return false;
  const auto found = order.extra->fields().find(rule.fal_name);
  Value room;
  return found != order.extra->fields().end() && ReadExtra(rule, found->second, room) != nullptr;
}

Problem ExtraProblem(const ModelRow& row, const FieldRule& rule, const Value& value) {
  // The public gateway sends so what no Value can hold, since the name might have been one that nobody knows.
  if (value.kind_case() == Value::KIND_NOT_SET) {
    return "must not be nested deeper than 24 levels nor hold whole numbers beyond 9007199254740992";
  }
  switch (rule.type) {
    case v1::PARAMETER_TYPE_STRING:
      if (!value.has_string_value()) return "must be a string";
      if (auto problem = TextProblem(value.string_value(), kMaxPromptBytes)) return problem;
      return ChoiceProblem(row, rule, value.string_value());
    case v1::PARAMETER_TYPE_IMAGE:
      if (!value.has_string_value()) return "must be a string: an http(s) URL or a data URI";
      if (auto problem = ImageTextProblem(value.string_value())) return problem;
      if (!rule.least_side && !rule.most_pixels) return std::nullopt;
      return SizeProblem(row, rule, SizeOfText(value.string_value()));
    case v1::PARAMETER_TYPE_BOOLEAN:
      if (!value.has_bool_value()) return "must be true or false";
      return std::nullopt;
    case v1::PARAMETER_TYPE_NUMBER:
      if (!value.has_number_value()) return "must be a number";
      return NumberProblem(row, rule, value.number_value());
    case v1::PARAMETER_TYPE_INTEGER: {
      const double number = value.number_value();
      const bool whole =
          value.has_number_value() && std::abs(number) <= kMaxExtraInteger && number == std::trunc(number);
      if (!whole) return "must be a whole number";
      return NumberProblem(row, rule, number);
    }
    case v1::PARAMETER_TYPE_OBJECT:
      if (!value.has_struct_value()) return "must be an object";
      return ObjectProblem(value);
    case v1::PARAMETER_TYPE_OBJECTS:
      return ListProblem(row, rule, value);
    default:
      return "is of a type that no extra has";  // RowProblems refuses such rows
  }
}

std::string NotTaken(const ModelRow& row, std::string_view name) {
  if (FindField(name)) return "is a field of its own; set it outside of extra";
  return "is not taken by " + row.name + "; it takes: " + FieldsOf(row);
}

// Why a name that this model does not take is refused.
std::string Unknown(const ModelRow& row, const KnownNames& known, std::string_view name) {
  const std::string_view meant = known.NearestTo(name);
  if (meant.empty()) return NotTaken(row, name);
  return "is not known; did you mean \"" + std::string(meant) + "\"?";
}

// Whether an extra that the model does not take may be left out.
bool IsForeign(const Order& order, const KnownNames& known, std::string_view name) {
  return order.warn_of_unknown_extra && !known.Has(name) && known.NearestTo(name).empty();
}

// Whether a value says that a field nobody knows is not set.
bool IsNothing(const Value& value) {
  return value.has_null_value() || (value.has_bool_value() && !value.bool_value()) ||
         (value.has_string_value() && value.string_value().empty());
}

// In the order of their names, so that the same order gets the same answer.
std::vector<std::pair<std::string_view, const Value*>> Sorted(const Struct& extra) {
  std::vector<std::pair<std::string_view, const Value*>> members;
  members.reserve(static_cast<std::size_t>(extra.fields_size()));
  for (const auto& [name, value] : extra.fields()) members.emplace_back(name, &value);
  std::ranges::sort(members, {}, &std::pair<std::string_view, const Value*>::first);
  return members;
}

}  // namespace

std::string FieldsOf(const ModelRow& row) {
  std::string names;
  for (const FieldRule& rule : row.rules) names.append(names.empty() ? "" : ", ").append(NameOf(rule));
  return names;
}

void ValidateExtra(const ModelRow& row, const Order& order, const KnownNames& known,
                   std::vector<Violation>& violations) {
  for (const FieldRule& rule : row.rules) {
    if (rule.field != Field::kExtra || !rule.required) continue;
    if (IsSetIn(order, rule)) continue;
    violations.push_back({rule.fal_name, "is required by " + row.name});
  }
  if (!order.extra) return;
  int unknown = 0;
  for (const auto& [name, value] : Sorted(*order.extra)) {
    if (const FieldRule* rule = FindExtra(row, name)) {
      Value room;
      const Value* read = ReadExtra(*rule, *value, room);
      Problem problem = read ? ExtraProblem(row, *rule, *read) : std::nullopt;
      if (problem) violations.push_back({Shown(name), std::move(*problem)});
    } else if (!IsForeign(order, known, name) && ++unknown <= kMostUnknown) {
      violations.push_back({Shown(name), Unknown(row, known, name)});
    }
  }
}

std::vector<std::string> PassedOver(const ModelRow& row, const Order& order, const KnownNames& known) {
  std::vector<std::string> sentences;
  if (!order.extra || !order.warn_of_unknown_extra) return sentences;
  int more = 0;
  for (const auto& [name, value] : Sorted(*order.extra)) {
    if (FindExtra(row, name) || IsNothing(*value) || !IsForeign(order, known, name)) continue;
    if (sentences.size() == kMostUnknown) {
      ++more;
    } else {
      sentences.push_back("\"" + Shorten(name, kMostShown) + "\" is not known to any model and was not used");
    }
  }
  if (more > 0)
    sentences.push_back(std::to_string(more) + " more fields are not known to any model and were not used");
  return sentences;
}

}  // namespace flux::service
