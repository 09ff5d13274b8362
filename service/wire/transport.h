// FalTransport: the seam between the service and the network. One exchange with fal, as a coroutine.
#pragma once

#include <asio/awaitable.hpp>

#include "base/result.h"
#include "service/fal/message.h"

namespace flux::fal {

// Implementations say what they add. Send is called on the event loop and resumes on it. Cancelling the
// awaiting coroutine abandons the exchange. `call` outlives the awaitable: every layer looks at the one that
// the caller keeps. A failed exchange is a Status whose `billed` is kNo only when no byte of the request can
// have left.
class FalTransport {
 public:
  virtual ~FalTransport() = default;
  virtual asio::awaitable<Result<FalReply>> Send(const FalCall& call) = 0;
  asio::awaitable<Result<FalReply>> Send(FalCall&&) = delete;  // would dangle
};

}  // namespace flux::fal
