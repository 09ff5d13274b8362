// Listener: the public address. Accepts, caps the number of connections, hands sockets to the loops, drains.
// What happens on a connection is connection.h's.
#pragma once

#include <asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/options.h"
#include "base/result.h"
#include "gateway/http/counters.h"
#include "gateway/http/handler.h"
#include "gateway/http/limits.h"

namespace flux::gateway {

class Connection;
struct Edge;
struct LoopShard;
class ServerTls;

// Start, Drain and the destructor are called from one thread that is none of the loops'. The loops run before
// Start and until the listener is gone.
//
//   Listener listener({&loop.context()}, Limits{}, handler);
//   Result<std::string> address = listener.Start({"127.0.0.1:0"});
//   …
//   listener.Drain(std::chrono::seconds(30));
class Listener {
 public:
  // `loops` is not empty. `handler` is called on all loops at once and outlives the listener; so does `tls`,
  // which is loaded where it is given.
  Listener(std::vector<asio::io_context*> loops, Limits limits, RequestHandler& handler,
           ServerTls* tls = nullptr);
  // Drains without grace.
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // Listens and serves. Once. Returns the address as bound, such as "127.0.0.1:43210", "[::1]:80" or
  // "unix:/run/flux", or INTERNAL saying why it cannot.
  Result<std::string> Start(const ListenAddress& address);

  // Goes on as before, but every reply ends its connection, so that callers find another server before this
  // one stops.
  void Retire();

  // Stops accepting and closes idle connections; every other one is closed after the reply at hand. Returns
  // true when all have ended within `grace`; else cancels what runs, has it answered, cuts the rest, and
  // returns false. Idempotent.
  bool Drain(std::chrono::milliseconds grace);

  // Ends the grace of a Drain that runs, or that is yet to come. Thread-safe.
  void Hurry();

  const Counters& counters() const;

 private:
  struct Door;

  // Calls this on every connection, on its loop.
  void ForAll(void (Connection::*end)());

  std::shared_ptr<Edge> edge_;
  std::vector<std::shared_ptr<LoopShard>> shards_;
  std::shared_ptr<Door> door_;
  bool drained_ = false;
};

}  // namespace flux::gateway
