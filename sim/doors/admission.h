// Admission: how many generations run at the same time, and the limit that fal puts on it (fal-api §2).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

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
    std::uint64_t refused = 0;  // for want of room
  };

  // 0: no limit.
  explicit Admission(std::uint32_t limit) : limit_(limit) {}

  std::uint32_t limit() const;
  // Whoever runs already goes on.
  void set_limit(std::uint32_t limit);
  Slot Enter();
  // The same for who waits for room: finding none is no refusal.
  Slot EnterWaiting();
  // Called, from any thread, whenever there may be room again. Set once, before the first slot is taken.
  void set_on_room(std::function<void()> on_room) { on_room_ = std::move(on_room); }
  Counts Now() const;
  // The peak starts again from what runs now, and refusals from 0.
  void Reset();

 private:
  Slot EnterIfRoom(bool count_refusal);

  std::function<void()> on_room_;
  mutable std::mutex mutex_;
  std::uint32_t limit_;  // guarded by mutex_, as is counts_
  Counts counts_;
};

}  // namespace flux::sim
