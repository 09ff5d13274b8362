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

  // Waits for `duration`. `left`, when given, is asked every 20 ms whether the caller is gone.
  Outcome For(std::chrono::milliseconds duration, const std::function<bool()>& left = nullptr);

  // Ends all waits, now and later.
  void Stop();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopped_ = false;  // guarded by mutex_
};

}  // namespace flux::sim
