// Waits, sends, says whether it went well.
#include "service/wire/governor_transport.h"

#include "service/fal/classify.h"

namespace flux::fal {

asio::awaitable<Result<FalReply>> GovernorTransport::Send(const FalCall& call) {
  Result<Governor::Slot> slot = co_await governor_->Admit(call);
  if (!slot) co_return std::move(slot).error();
  Result<FalReply> result = co_await next_.Send(call);
  if (result) {
    if (!IsFailure(*result)) slot->Succeeded();
    result->queue_position = slot->position;
    result->queued = slot->waited;
  }
  co_return result;
}

}  // namespace flux::fal
