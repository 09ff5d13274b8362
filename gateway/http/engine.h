// Engine: gives a framed head its HTTP meaning: the path through cpp-httplib, which is fed from memory and
// never sees a socket, and the query, which may be anything. Decides nothing about where a request ends.
#pragma once

#include <memory>
#include <string_view>

#include "base/result.h"
#include "gateway/http/framing.h"
#include "gateway/http/message.h"

namespace flux::gateway {

// Not thread-safe: one per loop.
class Engine {
 public:
  Engine();
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // The request that `head` starts; its body, remote_addr and arrived are the caller's to fill. Copies what
  // it needs out of the framed buffer. MALFORMED_REQUEST for a path that decodes to control bytes.
  Result<Request> Interpret(const Head& head);

 private:
  class Server;
  std::unique_ptr<Server> server_;
};

}  // namespace flux::gateway
