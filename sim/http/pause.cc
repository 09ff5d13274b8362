// Waits for a while, but ends the wait when the simulator stops or the caller has left.
#include "sim/http/pause.h"

#include <algorithm>

namespace flux::sim {

std::chrono::milliseconds Pause::latency() const {
  const std::lock_guard lock(mutex_);
  return latency_;
}

void Pause::set_latency(std::chrono::milliseconds latency) {
  const std::lock_guard lock(mutex_);
  latency_ = latency;
}

Pause::Outcome Pause::For(std::chrono::milliseconds duration, const std::function<bool()>& left) {
  constexpr std::chrono::milliseconds kLook{20};
  const auto until = std::chrono::steady_clock::now() + duration;
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    const auto now = std::chrono::steady_clock::now();
    if (now >= until) return Outcome::kElapsed;
    changed_.wait_until(lock, left ? std::min(until, now + kLook) : until);
    if (left && !stopped_) {
      lock.unlock();
      if (left()) return Outcome::kLeft;
      lock.lock();
    }
  }
  return Outcome::kStopped;
}

void Pause::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
}

}  // namespace flux::sim
