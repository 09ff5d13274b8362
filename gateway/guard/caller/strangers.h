// Strangers: who comes without a known key, told once a second and address instead of one by one, so that a
// flood of wrong keys fills no log.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "base/clock.h"

namespace flux::gateway {

// Thread-safe. Memory is bounded: addresses beyond kMost at a time count as one, "others".
class Strangers {
 public:
  static constexpr std::size_t kMost = 1024;

  // Is told how many came from an address since it was last told of it; called under a lock.
  using Tell = std::function<void(const std::string& address, std::uint64_t count)>;

  explicit Strangers(Tell tell) : tell_(std::move(tell)) {}
  // Tells what is left.
  ~Strangers();
  Strangers(const Strangers&) = delete;
  Strangers& operator=(const Strangers&) = delete;

  // One more. The first of a while is told at once.
  void Count(const std::string& address, SteadyTime now);

  // Tells what has waited for a second. Costs next to nothing while nothing waits; called often.
  void Flush(SteadyTime now) {
    if (now.time_since_epoch().count() >= due_.load(std::memory_order_relaxed)) FlushDue(now);
  }

 private:
  struct Seen {
    SteadyTime told{};
    std::uint64_t waiting = 0;
  };

  void FlushDue(SteadyTime now);

  const Tell tell_;
  std::atomic<SteadyTime::rep> due_{SteadyTime::max().time_since_epoch().count()};
  std::mutex mutex_;
  std::map<std::string, Seen> seen_;  // guarded by `mutex_`
};

}  // namespace flux::gateway
