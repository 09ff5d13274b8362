// Admission: how many generations run at the same time, and the limit that fal puts on it (fal-api §2).
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>

namespace flux::sim {

// Thread-safe. Outlives its slots.
class Admission {
 public:
  struct Leave {
    void operator()(Admission* admission) const;
  };
  // Held while a generation runs; null when there was no room.
  using Slot = std::unique_ptr<Admission, Leave>;

  struct Counts {
    std::uint32_t in_flight = 0;
    std::uint32_t peak = 0;
  };

  // 0: no limit.
  explicit Admission(std::uint32_t limit) : limit_(limit) {}

  std::uint32_t limit() const { return limit_; }
  Slot Enter();
  Counts Now() const;
  // The peak starts again from what runs now.
  void ResetPeak();

 private:
  const std::uint32_t limit_;
  mutable std::mutex mutex_;
  Counts counts_;  // guarded by mutex_
};

}  // namespace flux::sim
