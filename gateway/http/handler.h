// Handler: what the listener calls for every request. Apart from message.h because it needs coroutines.
#pragma once

#include <asio/awaitable.hpp>
#include <functional>

#include "base/status.h"
#include "gateway/http/message.h"

namespace flux::gateway {

// Serves one request. Runs on the connection's loop, as part of the connection's coroutine. When the caller
// leaves, or a drain loses patience, it is cancelled (cancellation_type::terminal): the wait at hand ends
// with operation_aborted, or the next co_await throws it. What it then returns is dropped where the caller
// left, and sent where the server stops (Line::Stopped). Otherwise an exception costs the caller a 500. Work
// that must outlive the caller is co_spawned by the handler.
using Handler = std::function<asio::awaitable<Reply>(Request)>;

// Whether a request can be served as far as its head tells. Asked while its body has yet to come; where it
// cannot, the body is not read: the handler gets the request without one, to say why, and the connection ends
// with the reply. Called on the loops, so it is thread-safe and does not block.
using WantsBody = std::function<bool(const Request&)>;

// Gives a refusal of the edge itself the product's shape. Called on the loops, so it is thread-safe and does
// not block; one that throws costs the connection.
using RenderError = std::function<Reply(const Status&)>;

}  // namespace flux::gateway
