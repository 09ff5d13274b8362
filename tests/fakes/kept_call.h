// A call that outlives its sending, as FalTransport wants it.
#pragma once

#include <utility>

#include "service/wire/transport.h"

namespace flux::fakes {

inline asio::awaitable<Result<fal::FalReply>> SendKept(fal::FalTransport& transport, fal::FalCall call) {
  co_return co_await transport.Send(call);
}

}  // namespace flux::fakes
