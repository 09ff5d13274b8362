// Clock: the only way to ask for the time, so that tests can say what time it is.
#pragma once

#include <chrono>
#include <string>

namespace flux {

using SteadyTime = std::chrono::steady_clock::time_point;
using WallTime = std::chrono::system_clock::time_point;

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  // For durations and deadlines.
  virtual SteadyTime Now() const = 0;
  // For what people read.
  virtual WallTime WallNow() const = 0;
};

// The machine's clock.
class SystemClock final : public Clock {
 public:
  SteadyTime Now() const override { return std::chrono::steady_clock::now(); }
  WallTime WallNow() const override { return std::chrono::system_clock::now(); }
};

// "2026-11-23T17:01:35.123Z": ISO 8601, UTC, milliseconds.
std::string Iso8601(WallTime time);

}  // namespace flux
