// ReplyStream: a reply's body that is made while it is sent: events, or what is too large to hold. Apart from
// message.h because it needs coroutines.
#pragma once

#include <asio/awaitable.hpp>
#include <string>

namespace flux::gateway {

// Belongs to one connection, which asks for a piece when the one before has been handed to the kernel, so
// that a slow reader slows its producer. It is destroyed when the reply has ended, however it ended; a HEAD
// request's at once.
class ReplyStream {
 public:
  virtual ~ReplyStream() = default;

  // The next piece of the body; an empty one ends it. Runs on the connection's loop and is cancelled as a
  // handler is when the caller leaves. An exception cuts the connection, so that the reader does not take
  // what it has for the whole.
  virtual asio::awaitable<std::string> Next() = 0;
};

}  // namespace flux::gateway
