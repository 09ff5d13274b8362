// Times as SQLite holds them: milliseconds since 1970-01-01 UTC, earlier ones rounded down. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace flux::service {

inline std::int64_t ToMs(WallTime time) {
  return std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

inline WallTime FromMs(std::int64_t ms) {
  return WallTime(std::chrono::milliseconds(ms));
}

inline std::optional<WallTime> FromMs(std::optional<std::int64_t> ms) {
  if (!ms) return std::nullopt;
  return FromMs(*ms);
}

}  // namespace flux::service
