// The sentences with which fal's framework refuses a value, one row for each, in the words of both of its
// generations.
#include "sim/apps/problems.h"

#include <spdlog/fmt/fmt.h>

#include <cmath>
#include <string>
#include <vector>

namespace flux::sim {
namespace {

struct MisfitRow {
  Misfit misfit;
  std::string_view type2, message2;
  std::string_view type1, message1;
};

constexpr MisfitRow kMisfits[] = {
    {Misfit::kText, "string_type", "Input should be a valid string", "type_error.str", "str type expected"},
    {Misfit::kInteger, "int_type", "Input should be a valid integer", "type_error.integer",
     "value is not a valid integer"},
    {Misfit::kIntegerText, "int_parsing",
     "Input should be a valid integer, unable to parse string as an integer", "type_error.integer",
     "value is not a valid integer"},
    {Misfit::kIntegerFraction, "int_from_float",
     "Input should be a valid integer, got a number with a fractional part", "type_error.integer",
     "value is not a valid integer"},
    {Misfit::kIntegerSize, "int_parsing_size",
     "Unable to parse input string as an integer, exceeded maximum size", "type_error.integer",
     "value is not a valid integer"},
    {Misfit::kNumber, "float_type", "Input should be a valid number", "type_error.float",
     "value is not a valid float"},
    {Misfit::kNumberText, "float_parsing",
     "Input should be a valid number, unable to parse string as a number", "type_error.float",
     "value is not a valid float"},
    {Misfit::kBoolean, "bool_type", "Input should be a valid boolean", "type_error.bool",
     "value could not be parsed to a boolean"},
    {Misfit::kBooleanText, "bool_parsing", "Input should be a valid boolean, unable to interpret input",
     "type_error.bool", "value could not be parsed to a boolean"},
    {Misfit::kList, "list_type", "Input should be a valid list", "type_error.list",
     "value is not a valid list"},
    {Misfit::kObject, "model_attributes_type",
     "Input should be a valid dictionary or object to extract fields from", "type_error.dict",
     "value is not a valid dict"},
};

struct BoundRow {
  Bound bound;
  std::string_view type2, key2;
  std::string_view type1;
  std::string_view words;  // the same in both
};

constexpr BoundRow kBounds[] = {
    {Bound::kAbove, "greater_than", "gt", "value_error.number.not_gt", "greater than "},
    {Bound::kAtLeast, "greater_than_equal", "ge", "value_error.number.not_ge", "greater than or equal to "},
    {Bound::kAtMost, "less_than_equal", "le", "value_error.number.not_le", "less than or equal to "},
};

const MisfitRow& RowOf(Misfit misfit) {
  for (const MisfitRow& row : kMisfits) {
    if (row.misfit == misfit) return row;
  }
  return kMisfits[0];
}

const BoundRow& RowOf(Bound bound) {
  for (const BoundRow& row : kBounds) {
    if (row.bound == bound) return row;
  }
  return kBounds[0];
}

Json Number(double value) {
  return std::nearbyint(value) == value ? Json(static_cast<std::int64_t>(value)) : Json(value);
}

}  // namespace

void Problems::Add(const Json& loc, std::string_view type, std::string_view message, const Given& input,
                   Json ctx) {
  if (items_.size() == kMostProblems) return;
  Json item;
  if (dialect_ == Dialect::kPydantic1) {
    item = {{"loc", loc}, {"msg", message}, {"type", type}};
  } else {
    item = {{"type", type}, {"loc", loc}, {"msg", message}, {"input", input}};
  }
  if (!ctx.empty()) item["ctx"] = std::move(ctx);
  items_.push_back(std::move(item));
}

void Problems::Missing(const Json& loc, const Given& object) {
  if (dialect_ == Dialect::kPydantic1) return Add(loc, "value_error.missing", "field required", {});
  Add(loc, "missing", "Field required", object);
}

void Problems::WrongKind(const Json& loc, Misfit misfit, const Given& input) {
  const MisfitRow& row = RowOf(misfit);
  if (dialect_ == Dialect::kPydantic2) return Add(loc, row.type2, row.message2, input);
  if (input.is_null()) {
    return Add(loc, "type_error.none.not_allowed", "none is not an allowed value", {});
  }
  Add(loc, row.type1, row.message1, {});
}

void Problems::OutOfRange(const Json& loc, Bound bound, double limit, const Given& input) {
  const BoundRow& row = RowOf(bound);
  const Json number = Number(limit);
  if (dialect_ == Dialect::kPydantic1) {
    return Add(loc, row.type1, fmt::format("ensure this value is {}{}", row.words, Text(number)), {},
               {{"limit_value", number}});
  }
  Add(loc, row.type2, fmt::format("Input should be {}{}", row.words, Text(number)), input,
      {{row.key2, number}});
}

void Problems::NotAChoice(const Json& loc, std::span<const std::string_view> choices, const Given& input) {
  std::vector<std::string> quoted;
  for (const std::string_view choice : choices) quoted.push_back(fmt::format("'{}'", choice));
  if (dialect_ == Dialect::kPydantic1) {
    return Add(loc, "value_error.const",
               fmt::format("unexpected value; permitted: {}", fmt::join(quoted, ", ")), {},
               {{"given", input}, {"permitted", std::vector<std::string>(choices.begin(), choices.end())}});
  }
  std::string expected = quoted.back();
  if (quoted.size() > 1) {
    expected = fmt::format("{} or {}", fmt::join(quoted.begin(), quoted.end() - 1, ", "), quoted.back());
  }
  Add(loc, "literal_error", fmt::format("Input should be {}", expected), input, {{"expected", expected}});
}

void Problems::TooFew(const Json& loc, std::size_t least, std::size_t actual, const Given& input) {
  if (dialect_ == Dialect::kPydantic1) {
    return Add(loc, "value_error.list.min_items",
               fmt::format("ensure this value has at least {} items", least), {}, {{"limit_value", least}});
  }
  Add(loc, "too_short",
      fmt::format("List should have at least {} item{} after validation, not {}", least,
                  least == 1 ? "" : "s", actual),
      input, {{"field_type", "List"}, {"min_length", least}, {"actual_length", actual}});
}

void Problems::TooMany(const Json& loc, std::size_t most, std::size_t actual, const Given& input) {
  if (dialect_ == Dialect::kPydantic1) {
    return Add(loc, "value_error.list.max_items", fmt::format("ensure this value has at most {} items", most),
               {}, {{"limit_value", most}});
  }
  Add(loc, "too_long",
      fmt::format("List should have at most {} item{} after validation, not {}", most, most == 1 ? "" : "s",
                  actual),
      input, {{"field_type", "List"}, {"max_length", most}, {"actual_length", actual}});
}

void Problems::NotJson(std::size_t position, std::string_view why) {
  const Json loc = {"body", position};
  if (dialect_ == Dialect::kPydantic1) {
    return Add(loc, "value_error.jsondecode", fmt::format("{}: (char {})", why, position), {},
               {{"msg", why}, {"pos", position}});
  }
  Add(loc, "json_invalid", "JSON decode error", Given::object(), {{"error", why}});
}

}  // namespace flux::sim
