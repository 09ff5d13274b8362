// WhenAll: several coroutines at once, awaited as one.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/this_coro.hpp>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/event.h"

namespace flux {

// Runs `count` coroutines on the caller's loop and returns what they returned, in order. A cancellation of
// the caller reaches all of them, and is waited for; so `make` and what it refers to are in use only until
// the awaiting coroutine goes on. The first exception that one of them let out is thrown on. Coroutines do
// not throw when cancelled (asio::this_coro::throw_if_cancelled(false)).
//   make(index)   the coroutine number `index`, from 0
template <typename T>
asio::awaitable<std::vector<T>> WhenAll(std::size_t count,
                                        std::function<asio::awaitable<T>(std::size_t)> make) {
  struct Part {
    asio::cancellation_signal cancel;
    std::optional<T> result;
    std::exception_ptr error;
  };
  struct State {
    explicit State(const asio::any_io_executor& loop) : all(loop), rest(loop) {}
    std::deque<Part> parts;
    std::size_t running = 0;
    Event all;
    Event rest;  // the same, for who was cancelled while waiting for `all`
  };
  const asio::any_io_executor loop = co_await asio::this_coro::executor;
  const auto state = std::make_shared<State>(loop);
  state->running = count;
  for (std::size_t i = 0; i < count; ++i) {
    Part& part = state->parts.emplace_back();
    const auto run = [](asio::awaitable<T> work, Part& into) -> asio::awaitable<void> {
      co_await asio::this_coro::throw_if_cancelled(false);
      into.result.emplace(co_await std::move(work));
    };
    asio::awaitable<T> work = make(i);
    asio::co_spawn(loop, run(std::move(work), part),
                   asio::bind_cancellation_slot(part.cancel.slot(), [state, &part](std::exception_ptr error) {
                     part.error = error;
                     if (--state->running > 0) return;
                     state->all.Set();
                     state->rest.Set();
                   }));
  }
  if (count > 0 && co_await state->all.Wait(SteadyTime::max()) == Event::Outcome::kCancelled) {
    for (Part& part : state->parts) part.cancel.emit(asio::cancellation_type::terminal);
    co_await state->rest.Wait(SteadyTime::max());
  }
  std::vector<T> results;
  for (Part& part : state->parts) {
    if (part.error) std::rethrow_exception(part.error);
    results.push_back(*std::move(part.result));
  }
  co_return results;
}

}  // namespace flux
