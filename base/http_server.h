// HttpServer: runs a httplib::Server with what the packaged library leaves open: a backlog beyond 5,
// TCP_NODELAY, bounded keep-alive, port 0 with the address told. For trusted listeners only (the simulator).
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <thread>

#include "base/options.h"
#include "base/result.h"

namespace httplib {
class Server;
}

namespace flux {

// Borrows the server, which has its routes already and outlives this object.
class HttpServer {
 public:
  // `threads` connections are served at a time; more wait in the accept queue. An idle connection holds its
  // thread for `keep_alive`, and Stop() waits for it as long.
  HttpServer(httplib::Server& server, std::size_t threads,
             std::chrono::seconds keep_alive = std::chrono::seconds(1));
  ~HttpServer() { Stop(); }
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Listens and serves from a thread of its own. Returns "HOST:PORT" as bound, or INTERNAL saying why it
  // cannot.
  Result<std::string> Start(const ListenAddress& address);

  // Ends the listener, finishes running requests and joins. Idempotent.
  void Stop();

 private:
  httplib::Server& server_;
  std::thread thread_;
};

}  // namespace flux
