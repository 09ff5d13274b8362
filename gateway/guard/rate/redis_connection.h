// RedisConnection: one connection to a Redis on an event loop. The only file that knows hiredis. Reconnects
// nothing and understands no command.
#pragma once

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

struct redisAsyncContext;

namespace flux::gateway {

// What Redis said to a command.
struct RedisReply {
  std::string error;                // "NOSCRIPT …"; empty: none
  std::vector<long long> integers;  // of an array of integers; of a single one, itself
};

// Lives on one loop and is touched by its thread only.
class RedisConnection : public std::enable_shared_from_this<RedisConnection> {
 public:
  // nullopt: the connection was lost first.
  using OnReply = std::function<void(std::optional<RedisReply>)>;
  using OnLost = std::function<void(std::string why)>;

  // Begins to connect; resolves the host's name first, which blocks. Commands may be sent at once. `on_lost`
  // is called once, later and on the loop, when the connection is or cannot be made; not after Close.
  static std::shared_ptr<RedisConnection> Open(asio::io_context& loop, const std::string& host, int port,
                                               OnLost on_lost);
  explicit RedisConnection(asio::io_context& loop, OnLost on_lost);
  ~RedisConnection();
  RedisConnection(const RedisConnection&) = delete;
  RedisConnection& operator=(const RedisConnection&) = delete;

  void Send(const std::vector<std::string>& command, OnReply on_reply);

  // Replies that are missing come as nullopt, from within.
  void Close();

 private:
  struct Hooks;

  void Attach(redisAsyncContext* context);
  void AwaitRead();
  void AwaitWrite();
  void Detach();
  void TellLost(std::string why);

  asio::io_context& loop_;
  OnLost on_lost_;
  redisAsyncContext* context_ = nullptr;
  asio::posix::stream_descriptor socket_;
  bool wants_read_ = false;
  bool wants_write_ = false;
  bool awaits_read_ = false;
  bool awaits_write_ = false;
};

}  // namespace flux::gateway
