// Problems: what is wrong with a body, said as the framework under fal's apps says it (fal-api §3.2). Two
// generations of that framework are in the wild, so every sentence exists twice.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "sim/json.h"

namespace flux::sim {

enum class Dialect : std::uint8_t { kPydantic1 = 1, kPydantic2 = 2 };

// A value of the wrong kind, or one that cannot be read as the right kind.
enum class Misfit : std::uint8_t {
  kText,
  kInteger,
  kIntegerText,      // a string that is not a whole number
  kIntegerFraction,  // 1.5
  kIntegerSize,      // does not fit 64 bits
  kNumber,
  kNumberText,
  kBoolean,
  kBooleanText,
  kList,
  kObject,
};

enum class Bound : std::uint8_t { kAbove, kAtLeast, kAtMost };

// Collects; a body gets all of its problems in one answer, up to kMostProblems. A `loc` is a JSON array that
// starts with "body".
inline constexpr std::size_t kMostProblems = 100;

class Problems {
 public:
  explicit Problems(Dialect dialect) : dialect_(dialect) {}

  Dialect dialect() const { return dialect_; }
  bool empty() const { return items_.empty(); }
  // The list for {"detail": …}.
  const Json& items() const { return items_; }

  // `object` is where the field should have been.
  void Missing(const Json& loc, const Given& object);
  void WrongKind(const Json& loc, Misfit misfit, const Given& input);
  void OutOfRange(const Json& loc, Bound bound, double limit, const Given& input);
  void NotAChoice(const Json& loc, std::span<const std::string_view> choices, const Given& input);
  // A list with `actual` items that wants `least`.
  void TooFew(const Json& loc, std::size_t least, std::size_t actual, const Given& input);
  // A list with `actual` items that takes `most`.
  void TooMany(const Json& loc, std::size_t most, std::size_t actual, const Given& input);
  // `position` is the byte where reading stopped.
  void NotJson(std::size_t position, std::string_view why);

 private:
  // Adds {type, loc, msg, input, ctx} or {loc, msg, type, ctx}; an empty ctx is left out.
  void Add(const Json& loc, std::string_view type, std::string_view message, const Given& input,
           Json ctx = {});

  const Dialect dialect_;
  Json items_ = Json::array();
};

}  // namespace flux::sim
