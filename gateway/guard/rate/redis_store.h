// RedisStore: a RateLimitStore in Redis, by one script on Redis's own clock. Owns the life of the connection:
// when it is good, when it is given up, when it is tried again.
#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/event_loop.h"
#include "base/log.h"
#include "gateway/guard/rate/rate_limit_store.h"
#include "gateway/guard/rate/redis_address.h"
#include "gateway/guard/rate/redis_connection.h"

namespace flux::gateway {

struct RedisTimes {
  // The longest that a request waits for Redis. Redis answers within a millisecond, or something is wrong.
  std::chrono::milliseconds answer{100};
  // From the beginning of a connection to the first answer of the script.
  std::chrono::milliseconds connect{1'000};
  // How often a connection that nobody uses is looked at.
  std::chrono::milliseconds heartbeat{1'000};
  // After a failure, doubled each time.
  std::chrono::milliseconds first_retry{100};
  std::chrono::milliseconds last_retry{5'000};
};

// A thread of its own talks to Redis, so neither a slow Redis nor a slow resolver holds up a request beyond
// RedisTimes::answer. An answer that is late ends the connection: it is Down until a new one has proved that
// the script runs and may write. One log line when it goes down, one when it is back.
class RedisStore final : public RateLimitStore {
 public:
  // `password` may be empty. `log` is borrowed.
  RedisStore(RedisAddress address, std::string password, Log& log, RedisTimes times = {});
  ~RedisStore() override;

  bool Up() const override { return up_.load(std::memory_order_relaxed); }
  asio::awaitable<std::optional<RateVerdict>> Take(std::string subject, Gcra gcra) override;

 private:
  struct Question;

  // All on the store's loop.
  void Connect();
  void Greet();
  void OnUp();
  // Ends the connection at hand and tries again later.
  void OnDown(const std::string& why);
  void Beat();
  void Ask(const std::shared_ptr<Question>& question);
  void Run(const std::string& subject, Gcra gcra, bool whole_script, RedisConnection::OnReply on_reply);

  const RedisAddress address_;
  const std::string password_;
  const RedisTimes times_;
  Log& log_;
  std::atomic<bool> up_{false};

  std::shared_ptr<RedisConnection> connection_;
  std::uint64_t generation_ = 0;  // of the connection, so that late news of an old one is known as such
  std::chrono::milliseconds retry_;
  bool told_down_ = false;
  EventLoop loop_{"redis"};
  asio::steady_timer timer_;  // connect, retry or heartbeat, one at a time
};

}  // namespace flux::gateway
