// FakeClock: time that stands still until told.
#pragma once

#include "base/clock.h"

namespace flux::fakes {

class FakeClock final : public Clock {
 public:
  SteadyTime Now() const override { return now_; }
  WallTime WallNow() const override { return WallTime(now_.time_since_epoch()); }
  void Advance(std::chrono::nanoseconds by) { now_ += std::chrono::duration_cast<SteadyTime::duration>(by); }

 private:
  SteadyTime now_{std::chrono::hours(1000)};
};

}  // namespace flux::fakes
