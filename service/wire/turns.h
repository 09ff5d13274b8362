// Turns: at most so many coroutines do something at a time; the others wait in the order in which they came.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <cstddef>
#include <list>
#include <memory>
#include <optional>
#include <utility>

#include "base/event.h"

namespace flux::fal {

// Belongs to one event loop.
class Turns {
  struct State;

 public:
  Turns(asio::any_io_executor loop, std::size_t most)
      : state_(std::make_shared<State>(State{std::move(loop), most, {}})) {}

  // A right to go on; passed to the next by destruction, which may be late.
  class Turn {
   public:
    Turn(Turn&&) = default;
    ~Turn() {
      if (state_) Give(*state_);
    }

   private:
    friend class Turns;
    explicit Turn(std::shared_ptr<State> state) : state_(std::move(state)) {}
    std::shared_ptr<State> state_;
  };

  // Waits for a turn. Nothing: the deadline has passed, or the waiting coroutine is cancelled.
  asio::awaitable<std::optional<Turn>> Take(SteadyTime deadline) {
    const std::shared_ptr<State> state = state_;
    if (state->free > 0) {
      --state->free;
      co_return Turn(state);
    }
    Event given(state->loop);
    Place place(state, given);
    if (co_await given.Wait(deadline) != Event::Outcome::kHappened) co_return std::nullopt;
    place.Keep();
    co_return Turn(state);
  }

  std::size_t waiting() const { return state_->waiting.size(); }

 private:
  struct State {
    asio::any_io_executor loop;
    std::size_t free;
    std::list<Event*> waiting;
  };

  // A place among those who wait. A turn that was given to somebody who is gone goes to the next.
  class Place {
   public:
    Place(std::shared_ptr<State> state, Event& given)
        : state_(std::move(state)),
          given_(given),
          at_(state_->waiting.insert(state_->waiting.end(), &given)) {}
    ~Place() {
      if (!given_.happened()) {
        state_->waiting.erase(at_);
      } else if (!kept_) {
        Give(*state_);
      }
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    void Keep() { kept_ = true; }

   private:
    const std::shared_ptr<State> state_;
    Event& given_;
    const std::list<Event*>::iterator at_;
    bool kept_ = false;
  };

  static void Give(State& state) {
    if (state.waiting.empty()) {
      ++state.free;
      return;
    }
    Event* next = state.waiting.front();
    state.waiting.pop_front();
    next->Set();
  }

  const std::shared_ptr<State> state_;
};

}  // namespace flux::fal
