// Gcra: the arithmetic of a rate limit (generic cell rate algorithm). One moment per subject is all its
// state: when its allowance will be whole again. Pure.
#pragma once

#include <chrono>
#include <cstdint>

namespace flux::gateway {

// What a request was told, for its headers.
struct RateVerdict {
  bool admitted = true;
  std::uint32_t limit = 0;                    // requests a minute, which may come at once
  std::uint32_t remaining = 0;                // that would be admitted now
  std::chrono::nanoseconds until_full{0};     // until `limit` would be
  std::chrono::nanoseconds until_another{0};  // until one would be; 0 where `remaining` is not
};

class Gcra {
 public:
  // 1 or more requests a minute.
  explicit Gcra(std::uint32_t per_minute)
      : limit_(per_minute), interval_(std::chrono::nanoseconds(std::chrono::minutes(1)) / per_minute) {}

  std::uint32_t limit() const { return limit_; }

  // Takes one request out of the allowance, if there is one left. `full_at` is the subject's state on the
  // clock of `now`; any moment that has passed means a whole allowance.
  RateVerdict Take(std::chrono::nanoseconds now, std::chrono::nanoseconds& full_at) const;

  // The verdict of somebody who counts for us; `until_full` is as it stands after it.
  RateVerdict Tell(bool admitted, std::chrono::nanoseconds until_full) const;

 private:
  std::uint32_t limit_;
  std::chrono::nanoseconds interval_;
};

}  // namespace flux::gateway
