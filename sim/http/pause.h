// Pause: how generations take their time, and how all of them end at once when the simulator stops.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>

namespace flux::sim {

// Thread-safe.
class Pause {
 public:
  enum class Outcome : std::uint8_t { kElapsed, kLeft, kStopped };

  explicit Pause(std::chrono::milliseconds latency = {}) : latency_(latency) {}

  // What every generation takes; may be changed while some wait, who go on as they began.
  std::chrono::milliseconds latency() const;
  void set_latency(std::chrono::milliseconds latency);

  // Waits for `duration`. `left`, when given, is asked every 20 ms whether the caller is gone.
  Outcome For(std::chrono::milliseconds duration, const std::function<bool()>& left = nullptr);

  // Ends all waits, now and later.
  void Stop();

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::chrono::milliseconds latency_;  // guarded by mutex_
  bool stopped_ = false;               // guarded by mutex_
};

}  // namespace flux::sim
