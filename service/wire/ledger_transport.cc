// Tells, then sends.
#include "service/wire/ledger_transport.h"

#include <utility>

namespace flux::fal {

// No coroutine of its own: a call that nobody keeps a record of goes straight on.
asio::awaitable<Result<FalReply>> LedgerTransport::Send(const FalCall& call) {
  return call.ledger == nullptr ? next_.Send(call) : Tell(call);
}

asio::awaitable<Result<FalReply>> LedgerTransport::Tell(const FalCall& call) {
  std::optional<Status> refused = co_await call.ledger->AboutToSend(call);
  if (refused) co_return *std::move(refused);
  co_return co_await next_.Send(call);
}

}  // namespace flux::fal
