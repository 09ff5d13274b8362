// LedgerTransport: tells of a call that it is about to be sent, when it has its slot and before the first
// byte can leave. Whoever keeps a record of purchases writes it then: a call that still waits for a slot has
// cost nothing, one that was told of may have.
#pragma once

#include <asio/awaitable.hpp>
#include <optional>

#include "base/status.h"
#include "service/wire/transport.h"

namespace flux::fal {

// Is told. Lives on the event loop, as long as the call.
class SendLedger {
 public:
  virtual ~SendLedger() = default;
  // Called once per call, whatever is resent later. The call is sent when this returns nothing; otherwise
  // nothing leaves, and the Status, which is not billed, is the call's outcome.
  virtual asio::awaitable<std::optional<Status>> AboutToSend(const FalCall& call) = 0;
};

// Costs nothing for calls without a ledger.
class LedgerTransport final : public FalTransport {
 public:
  explicit LedgerTransport(FalTransport& next) : next_(next) {}

  asio::awaitable<Result<FalReply>> Send(const FalCall& call) override;

 private:
  asio::awaitable<Result<FalReply>> Tell(const FalCall& call);

  FalTransport& next_;
};

}  // namespace flux::fal
