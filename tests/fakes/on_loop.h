// OnLoop: an event loop for tests, and a way to wait for a coroutine on it from the test's own thread.
#pragma once

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/post.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_future.hpp>
#include <future>

#include "base/event_loop.h"

namespace flux::fakes {

// A coroutine that runs; it sees cancellation as the service's coroutines do, without exceptions.
template <typename T>
class Spawned {
 public:
  Spawned(EventLoop& loop, asio::awaitable<T> work) : loop_(loop), future_(state_->promise.get_future()) {
    asio::post(loop.context(), [&loop, state = state_, work = std::move(work)]() mutable {
      // The handler keeps the signal alive for as long as the coroutine may look at its slot.
      asio::co_spawn(loop.context(), Run(std::move(work), state),
                     asio::bind_cancellation_slot(state->signal.slot(), [state](std::exception_ptr) {}));
    });
  }

  // The caller leaves.
  void Cancel() {
    asio::post(loop_.context(), [state = state_] { state->signal.emit(asio::cancellation_type::terminal); });
  }

  // Waits for the result; a minute is for ever.
  T Get() {
    if (future_.wait_for(std::chrono::minutes(1)) != std::future_status::ready) std::abort();
    return future_.get();
  }

 private:
  struct State {
    asio::cancellation_signal signal;
    std::promise<T> promise;
  };

  static asio::awaitable<void> Run(asio::awaitable<T> work, std::shared_ptr<State> state) {
    co_await asio::this_coro::throw_if_cancelled(false);
    T value = co_await std::move(work);
    state->promise.set_value(std::move(value));
  }

  EventLoop& loop_;
  std::shared_ptr<State> state_ = std::make_shared<State>();
  std::future<T> future_;
};

}  // namespace flux::fakes
