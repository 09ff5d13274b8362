// Listener: one address that the simulator serves. It connects the HTTP library with a door: reads requests
// within bounds, writes replies as they want to be written (cut, trickling, reset, in chunks), and ends at
// once.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/options.h"
#include "base/result.h"
#include "sim/http/pause.h"
#include "sim/http/reply.h"
#include "sim/http/request.h"

namespace flux::sim {

struct ListenerSettings {
  std::size_t threads = 1024;  // connections served at a time, idle ones too
  std::string tls_cert;        // PEM files; both or neither
  std::string tls_key;
};

// What answers. Called from many threads at a time; both outlive the listener.
struct Door {
  std::function<Reply(Request&)> answer;
  // Asked before the body is read; a reply ends the request there. May be empty.
  std::function<std::optional<Reply>(const Request& head)> unread = nullptr;
};

class Listener {
 public:
  // `new_id` makes request ids. Trickling replies wait with `pause`, which outlives the listener.
  Listener(Door door, std::function<std::string()> new_id, Pause& pause, const ListenerSettings& settings);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // Serves from threads of its own. Returns "HOST:PORT" as bound.
  Result<std::string> Start(const ListenAddress& address);

  // The port that is bound; 0 when none is.
  int port() const;

  // Gives replies a moment to be written, ends all connections and joins. Idempotent. Stop the pause first.
  void Stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace flux::sim
