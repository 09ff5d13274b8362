// Line: what a handler may ask of the connection that its request came on. Apart from message.h because it
// needs coroutines.
#pragma once

#include <asio/awaitable.hpp>
#include <cstdint>

namespace flux::gateway {

// Used on the connection's loop, from when the head is judged until the handler has returned.
class Line {
 public:
  // Sets room aside for a reply that is about to be paid for and should come to `expected` bytes. Waits for
  // it where it is scarce; false where there is none in time, and nothing should be bought. Not needed for
  // small replies.
  virtual asio::awaitable<bool> Reserve(std::uint64_t expected) = 0;

  // Whether the handler is cancelled because the server stops, and not because the caller left: what it then
  // returns is sent.
  virtual bool Stopped() const = 0;

 protected:
  ~Line() = default;
};

}  // namespace flux::gateway
