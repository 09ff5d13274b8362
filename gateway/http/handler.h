// Handler: what the listener calls for every request. Apart from message.h because it needs coroutines.
#pragma once

#include <asio/awaitable.hpp>
#include <functional>

#include "base/status.h"
#include "gateway/http/message.h"

namespace flux::gateway {

// Serves one request. Runs on the connection's loop, as part of the connection's coroutine: it is cancelled
// (cancellation_type::terminal) when the caller leaves. Work that must outlive the caller is co_spawned by
// the handler.
using Handler = std::function<asio::awaitable<Reply>(Request)>;

// Gives a refusal of the edge itself the product's shape. Called on the loops, so it is thread-safe and does
// not block.
using RenderError = std::function<Reply(const Status&)>;

}  // namespace flux::gateway
