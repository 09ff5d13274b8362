// RequestHandler: what the listener asks about every request. Apart from message.h because it needs
// coroutines.
#pragma once

#include <asio/awaitable.hpp>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string_view>
#include <variant>

#include "base/status.h"
#include "gateway/http/message.h"

namespace flux::gateway {

// A request whose head was judged and whose body may come. It lives until the request is served or has come
// to nothing; whatever the request holds is given back with it. Handlers keep what they found out in tickets
// of their own.
struct Ticket {
  virtual ~Ticket() = default;

  // Whose bytes these are: equal for all requests of one caller, whoever that is where there is no key (one
  // address, or what one IPv6 subscriber has). Says nothing outside this process.
  std::uint64_t share = 0;
  // The largest body that the request may have; what the listener itself allows is never exceeded.
  std::uint64_t body_limit = std::numeric_limits<std::uint64_t>::max();
  // Whether the last word about the head takes a wait (RequestHandler::Confirm).
  bool unconfirmed = false;
};

// What a head was told: go on, or this and nothing else. A reply's request is over: a body that has yet to
// come is not read, and the connection then ends with the reply.
using Opened = std::variant<std::unique_ptr<Ticket>, Reply>;

// Called on the loops at once, so it is thread-safe.
class RequestHandler {
 public:
  virtual ~RequestHandler() = default;

  // Judges a head, whether or not its body is there. Does not block. One that throws costs the caller a 500.
  virtual Opened Open(const Request& head) = 0;

  // Says the last word about a head whose ticket is unconfirmed: a reply ends the request as Open's does.
  // Asked before a body that has yet to come is read; where the body is there already, Serve is called at
  // once and sees to it itself. Runs on the connection's loop. One that throws costs the caller a 500.
  virtual asio::awaitable<std::optional<Reply>> Confirm(Ticket& ticket, const Request& head) = 0;

  // Serves a request that has a ticket of this handler's, once its body is whole. Runs on the connection's
  // loop, as part of the connection's coroutine. When the caller leaves, or a drain loses patience, it is
  // cancelled (cancellation_type::terminal): the wait at hand ends with operation_aborted, or the next
  // co_await throws it. What it then returns is dropped where the caller left, and sent where the server
  // stops (Line::Stopped). Otherwise an exception costs the caller a 500. Work that must outlive the caller
  // is co_spawned by the handler.
  virtual asio::awaitable<Reply> Serve(std::unique_ptr<Ticket> ticket, Request request) = 0;

  // Gives a refusal of the listener itself the product's shape. `head` is null where none could be read as a
  // whole; `origin` is its Origin header as far as that was read, else empty. Does not block; one that throws
  // costs the connection.
  virtual Reply Refuse(const Status& status, const Request* head, std::string_view origin) = 0;
};

}  // namespace flux::gateway
