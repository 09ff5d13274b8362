// RunningPurchase: a purchase that goes on beside the coroutine that wants it, so that its caller can be told
// meanwhile that it is waited for.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/cancellation_signal.hpp>
#include <memory>
#include <optional>

#include "base/clock.h"
#include "base/event.h"
#include "base/result.h"
#include "gateway/backend/flux_backend.h"
#include "gateway/doors/generate.h"

namespace flux::gateway {

// Everything happens on one loop.
class RunningPurchase {
 public:
  // Begins to buy an order that Generator::Prepare has let pass. The generator outlives the purchase.
  static std::shared_ptr<RunningPurchase> Start(const asio::any_io_executor& loop, Generator& generator,
                                                GenerationRequest order, CallContext context);

  RunningPurchase(const asio::any_io_executor& loop, GenerationRequest order, CallContext context)
      : order_(std::move(order)), context_(std::move(context)), ended_(loop) {}

  // Whether there is a result by this time; kCancelled where the waiting coroutine is cancelled.
  asio::awaitable<Event::Outcome> Wait(SteadyTime until) { return ended_.Wait(until); }

  // What became of it; nullptr while it goes on.
  Result<v1::Generation>* result() { return result_ ? &*result_ : nullptr; }

  // Its caller has left: as far as it depends on the caller, it ends.
  void Leave() { cancel_.emit(asio::cancellation_type::terminal); }

 private:
  static asio::awaitable<void> Run(std::shared_ptr<RunningPurchase> self, Generator& generator);

  GenerationRequest order_;
  const CallContext context_;
  asio::cancellation_signal cancel_;
  Event ended_;
  std::optional<Result<v1::Generation>> result_;
};

}  // namespace flux::gateway
