// SharedEvent: an Event that any number of coroutines wait for, each under its own deadline. It happens once.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <list>
#include <utility>

#include "base/event.h"

namespace flux {

// Belongs to one event loop: Set() and Wait() are called on it. Outlives its waiters.
class SharedEvent {
 public:
  explicit SharedEvent(asio::any_io_executor loop) : loop_(std::move(loop)) {}

  // Wakes all who wait; they resume later, one after the other.
  void Set() {
    happened_ = true;
    for (Event* waiter : waiters_) waiter->Set();
  }
  bool happened() const { return happened_; }
  std::size_t waiters() const { return waiters_.size(); }

  // As Event::Wait. Who leaves early costs the others nothing.
  asio::awaitable<Event::Outcome> Wait(SteadyTime deadline) {
    if (happened_) co_return Event::Outcome::kHappened;
    Event event(loop_);
    const Place place(waiters_, event);
    co_return co_await event.Wait(deadline);
  }

 private:
  using Waiters = std::list<Event*>;

  // A place among the waiters, left however its coroutine ends.
  class Place {
   public:
    Place(Waiters& waiters, Event& event) : waiters_(waiters), at_(waiters.insert(waiters.end(), &event)) {}
    ~Place() { waiters_.erase(at_); }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

   private:
    Waiters& waiters_;
    Waiters::iterator at_;
  };

  asio::any_io_executor loop_;
  Waiters waiters_;
  bool happened_ = false;
};

}  // namespace flux
