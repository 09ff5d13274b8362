// Deadline: one timer per connection that interrupts its socket's waits. Moved only when a deadline comes
// earlier than what it is armed for; a later one is found when it fires, so that a busy connection hardly
// touches the timer.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include "base/clock.h"
#include "gateway/http/edge.h"

namespace flux::gateway {

// The moment by which a transfer that began at `start` must have moved more than `bytes`, of which
// `per_second` are the least that is put up with, after `grace`.
inline SteadyTime PaceDeadline(SteadyTime start, std::chrono::milliseconds grace, std::uint64_t bytes,
                               std::uint64_t per_second) {
  return start + grace + std::chrono::milliseconds(bytes * 1000 / per_second);
}

class Deadline {
 public:
  // Borrows the socket.
  Deadline(asio::io_context& context, Socket& socket) : timer_(context), socket_(socket) {}

  // From now on. `owner` owns the deadline and the socket, and is kept alive while the timer runs.
  void Set(SteadyTime deadline, const std::shared_ptr<void>& owner);
  // None until the next Set.
  void Clear() { deadline_ = SteadyTime::max(); }
  // For good: lets the owner go.
  void Stop() {
    Clear();
    timer_.cancel();
  }

  // Whether the deadline last set has passed, and the socket's waits were cancelled.
  bool Passed() const { return passed_; }

 private:
  void Arm(const std::shared_ptr<void>& owner);
  void OnTimer(const std::shared_ptr<void>& owner);

  Timer timer_;
  Socket& socket_;
  SteadyTime deadline_ = SteadyTime::max();
  SteadyTime armed_{};
  bool running_ = false;
  bool passed_ = false;
};

}  // namespace flux::gateway
