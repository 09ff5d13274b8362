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
#include <memory>
#include <mutex>
#include <string>
#include <unordered_set>
#include <vector>

#include "gateway/http/counters.h"
#include "gateway/http/engine.h"
#include "gateway/http/handler.h"
#include "gateway/http/limits.h"

namespace flux::gateway {

// Sockets and timers are bound to a plain io_context: the type-erased executor would cost an allocation here
// and there.
using Socket = asio::basic_stream_socket<asio::generic::stream_protocol, asio::io_context::executor_type>;
using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>,
                               asio::io_context::executor_type>;

class Connection;
class ServerTls;

// Immutable but for the counters and the wait for the last connection.
struct Edge {
  Edge(Limits bounds, RequestHandler& asked, ServerTls* secure)
      : limits(bounds), handler(asked), tls(secure) {}

  const Limits limits;
  RequestHandler& handler;  // borrowed
  ServerTls* const tls;     // borrowed; null: plain HTTP
  Counters counters;

  // Wakes Drain, which waits for `counters.open` and `draining_loops` to reach zero.
  std::mutex mutex;
  std::condition_variable changed;
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
  bool retiring = false;  // every reply says that its connection ends
  bool draining = false;

 private:
  std::time_t date_second_ = -1;
  std::string date_;
};

}  // namespace flux::gateway
