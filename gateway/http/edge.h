// What connections share: Edge among all of them, LoopShard among those of one loop. Data only; the rules are
// in connection.h and listener.h.
#pragma once

#include <asio/basic_stream_socket.hpp>
#include <asio/basic_waitable_timer.hpp>
#include <asio/generic/stream_protocol.hpp>
#include <asio/io_context.hpp>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <ctime>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_set>
#include <vector>

#include "gateway/http/byte_shares.h"
#include "gateway/http/counters.h"
#include "gateway/http/engine.h"
#include "gateway/http/handler.h"
#include "gateway/http/limits.h"
#include "gateway/http/reply_estimate.h"

namespace flux::gateway {

// Sockets and timers are bound to a plain io_context: the type-erased executor would cost an allocation here
// and there.
using Socket = asio::basic_stream_socket<asio::generic::stream_protocol, asio::io_context::executor_type>;
using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>,
                               asio::io_context::executor_type>;

class Connection;
class ServerTls;

// Immutable but for the counters, who holds what, and the wait for the last connection.
struct Edge {
  Edge(const Limits& bounds, RequestHandler& asked, ServerTls* secure)
      : limits(bounds),
        handler(asked),
        tls(secure),
        shares(bounds.max_bytes_in_flight, bounds.max_body_bytes, counters.bytes_in_flight) {}

  const Limits limits;
  RequestHandler& handler;  // borrowed
  ServerTls* const tls;     // borrowed; null: plain HTTP
  Counters counters;
  ByteShares shares;
  ReplyEstimate estimate;

  // Wakes Drain, which waits for `counters.open` and `draining_loops` to reach zero.
  std::mutex mutex;
  std::condition_variable changed;
  bool hurry = false;              // the grace is over; guarded by `mutex`
  std::size_t draining_loops = 0;  // that have not heard of the drain yet; guarded by `mutex`
};

// Touched by its loop's thread only.
struct LoopShard {
  explicit LoopShard(asio::io_context& loop) : context(loop), scratch(kReadBytes) {}

  // "Sun, 06 Nov 1994 08:49:37 GMT", now.
  const std::string& Date();

  asio::io_context& context;
  Engine engine;
  Head head;
  // What was read last. Whatever is not consumed before the next suspension moves to the connection's inbox.
  std::vector<char> scratch;
  std::string reply_head;
  std::unordered_set<Connection*> connections;
  std::list<Connection*> handshakes;  // unfinished ones, the oldest first
  std::size_t most_handshakes = 0;
  bool retiring = false;  // every reply says that its connection ends
  bool draining = false;

 private:
  std::time_t date_second_ = -1;
  std::string date_;
};

}  // namespace flux::gateway
