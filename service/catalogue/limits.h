// Limits: does a value keep a rule's limits, and what to say where it does not. Sentences are predicates that
// follow the field's name and say what to change.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "service/catalogue/catalogue.h"

namespace flux::service {

using Problem = std::optional<std::string>;  // nullopt: none

bool InRange(const FieldRule& rule, double value);

// "1 to 12", "at least 1", "at most 12"; the rule has a limit.
std::string RangeText(const FieldRule& rule);

// Not finite, or out of range.
Problem NumberProblem(const ModelRow& row, const FieldRule& rule, double value);
Problem CountProblem(const ModelRow& row, const FieldRule& rule, std::uint64_t value);

// A list of `count` members that is too short or too long; `members` is what they are called.
Problem LengthProblem(const ModelRow& row, const FieldRule& rule, std::uint64_t count,
                      std::string_view members);

// Not one of the allowed values; empty text is none.
Problem ChoiceProblem(const ModelRow& row, const FieldRule& rule, std::string_view text);

// Too long, not UTF-8, or with NUL characters.
Problem TextProblem(std::string_view text, std::size_t most_bytes);

}  // namespace flux::service
