// LogTransport: one line per attempt, next to the wire so that every resend has its own line.
#pragma once

#include "base/clock.h"
#include "base/log.h"
#include "service/wire/transport.h"

namespace flux::fal {

// Logs outcome and duration; never the body, which holds prompts and pictures, and never the key.
class LogTransport final : public FalTransport {
 public:
  LogTransport(FalTransport& next, Log& log, const Clock& clock) : next_(next), log_(log), clock_(clock) {}

  asio::awaitable<Result<FalReply>> Send(const FalCall& call) override;

 private:
  FalTransport& next_;
  Log& log_;
  const Clock& clock_;
};

}  // namespace flux::fal
