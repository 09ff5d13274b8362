// Spawned on the loop of its connection.
#include "gateway/doors/openai/running_purchase.h"

#include <asio/bind_cancellation_slot.hpp>
#include <asio/co_spawn.hpp>
#include <asio/this_coro.hpp>
#include <exception>
#include <utility>

namespace flux::gateway {

std::shared_ptr<RunningPurchase> RunningPurchase::Start(const asio::any_io_executor& loop,
                                                        Generator& generator, GenerationRequest order,
                                                        CallContext context) {
  auto purchase = std::make_shared<RunningPurchase>(loop, std::move(order), std::move(context));
  // The handler keeps the signal alive for as long as the coroutine may look at its slot.
  asio::co_spawn(
      loop, Run(purchase, generator),
      asio::bind_cancellation_slot(purchase->cancel_.slot(), [purchase](const std::exception_ptr& thrown) {
        if (!thrown || purchase->result_) return;
        purchase->result_ = Status(Reason::kInternal);
        purchase->ended_.Set();
      }));
  return purchase;
}

asio::awaitable<void> RunningPurchase::Run(std::shared_ptr<RunningPurchase> self, Generator& generator) {
  co_await asio::this_coro::throw_if_cancelled(false);
  Result<v1::Generation> made = co_await generator.BuyPrepared(self->order_, self->context_);
  self->result_ = std::move(made);
  self->ended_.Set();
}

}  // namespace flux::gateway
