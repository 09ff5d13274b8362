// Event: something a coroutine waits for under a deadline. It happens once.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

#include "base/clock.h"

namespace flux {

// Belongs to one event loop: Set() and Wait() are called on it. At most one waiter.
class Event {
 public:
  enum class Outcome { kHappened, kDeadline, kCancelled };

  explicit Event(const asio::any_io_executor& loop) : timer_(loop) {}

  void Set() {
    happened_ = true;
    timer_.cancel();
  }
  bool happened() const { return happened_; }

  // Resumes when Set() was called, the deadline has passed, or the waiting coroutine is cancelled. Needs a
  // coroutine that does not throw when cancelled (asio::this_coro::throw_if_cancelled(false)).
  asio::awaitable<Outcome> Wait(SteadyTime deadline) {
    if (!happened_) {
      asio::error_code error;
      timer_.expires_at(deadline);
      co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, error));
      if (!happened_) co_return error ? Outcome::kCancelled : Outcome::kDeadline;
    }
    co_return Outcome::kHappened;
  }

 private:
  asio::steady_timer timer_;
  bool happened_ = false;
};

}  // namespace flux
