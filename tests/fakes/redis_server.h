// RedisServer: a real redis-server on a free port of 127.0.0.1 that keeps nothing on disk, ended with the
// object.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace flux::fakes {

class RedisServer {
 public:
  // `settings` as on redis-server's command line.
  explicit RedisServer(std::vector<std::string> settings = {});
  ~RedisServer();
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  int port() const { return port_; }
  std::string url() const { return "redis://127.0.0.1:" + std::to_string(port_) + "/0"; }

  // Ends at once, as a crash would; Start brings it back on the same port, empty.
  void Kill();
  void Start();
  // Accepts connections and bytes, and answers nothing.
  void Pause() const;
  void Resume() const;

  // What it answers to one command, such as "SCRIPT FLUSH", as it is on the wire.
  std::string Ask(const std::string& command) const;

 private:
  bool TryStart();

  std::vector<std::string> settings_;
  int port_ = 0;
  pid_t pid_ = -1;
};

}  // namespace flux::fakes
