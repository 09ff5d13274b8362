// RemoteEvent: something that another thread does and a coroutine on a loop waits for. Either may be gone
// first: who sets it never touches a coroutine, a timer or a loop that has ended.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/post.hpp>
#include <memory>
#include <mutex>
#include <utility>

#include "base/event.h"

namespace flux {

// Shared by both sides, usually as a member of what they share. It happens once.
class RemoteEvent {
 public:
  explicit RemoteEvent(asio::any_io_executor loop) : loop_(std::move(loop)) {}

  // The waiting side: lives in the frame of the coroutine, from before the event can happen. Gone with the
  // frame, also when that is destroyed while it waits.
  class Waiter {
   public:
    // Borrowed; on its loop.
    explicit Waiter(RemoteEvent& event) : event_(event), local_(event.loop_) {
      const std::lock_guard lock(event_.mutex_);
      event_.waiter_ = &local_;
    }
    ~Waiter() {
      const std::lock_guard lock(event_.mutex_);
      event_.waiter_ = nullptr;
    }
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;

    // As Event::Wait.
    asio::awaitable<Event::Outcome> Wait(SteadyTime deadline) { return local_.Wait(deadline); }

   private:
    RemoteEvent& event_;
    Event local_;
  };

  // Any thread. What was written before is seen by who waits; nothing happens where nobody does.
  static void Set(std::shared_ptr<RemoteEvent> self) {
    RemoteEvent& event = *self;
    const std::shared_ptr<RemoteEvent> held = self;  // the loop may be done with it before the lock is free
    const std::lock_guard lock(event.mutex_);
    if (event.waiter_ == nullptr) return;
    asio::post(event.loop_, [self = std::move(self)] {
      if (self->waiter_ != nullptr) self->waiter_->Set();  // written on this loop only
    });
  }

 private:
  const asio::any_io_executor loop_;
  std::mutex mutex_;
  Event* waiter_ = nullptr;  // guarded by `mutex_`
};

}  // namespace flux
