// SubmitTransport: knows which failures of fal's queue may have taken the request all the same. On fal.run a
// server's error means that no picture came of it, which is free (fal-api §3.5). Of a submit
// it only means that the answer was lost: the request may be in the queue, and a second one would be a second
// purchase (fal-api "Inference API: newer behaviour": idempotency, none).
#pragma once

#include "service/wire/transport.h"

namespace flux::fal {

// Returns a 5xx as UPSTREAM_ERROR, `billed` kMaybe, except where fal says in its own words that it had no
// room (503) or that it bills nothing.
class SubmitTransport final : public FalTransport {
 public:
  explicit SubmitTransport(FalTransport& next) : next_(next) {}

  asio::awaitable<Result<FalReply>> Send(const FalCall& call) override;

 private:
  FalTransport& next_;
};

}  // namespace flux::fal
