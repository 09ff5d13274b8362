// TestEdge: a listener on port 0 with a handler that tells what it was asked.
#pragma once

#include <asio/awaitable.hpp>
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/event_loop.h"
#include "gateway/http/listener.h"
#include "tests/gateway/http/raw_client.h"

namespace flux::gateway {

// The handler's paths:
//   /echo   200, the request's body          /hold   waits until Release or its cancellation
//   /throw  throws                           /close  200 with Reply::close
//   /big    200, a body of kBigBytes         /shield waits like /hold, but ignores cancellation
//   /paid   as /big, but it was paid for      /hold?throw  as /hold, but throws when it is cancelled
//   /reserve/N     reserves room for N bytes, then waits as /hold does: 200, N bytes, paid for; or 503
//   /stream/N      a streamed body of N pieces, "piece I\n" each
//   /stream/hold   one piece, then waits as /hold does, then another
//   /stream/hold-throw  the same, but throws when it is cancelled
//   /stream/throw  one piece, then throws        /stream/endless  pieces of 64 KiB without end
//   …?share=N      as before, its bytes are those of share N
//   …?unwanted     answered at its head: 200, "unwanted"
//   …?ask          as before, after a wait; …?refuse waits and is then answered: 200, "refused"
//   …?small        as before, with a body of at most 10 bytes
//   else    200, "METHOD TARGET from ADDRESS"
class TestEdge final : public RequestHandler {
 public:
  static constexpr std::size_t kBigBytes = 32 << 20;

  explicit TestEdge(Limits limits = {}, std::size_t loops = 1, const std::string& address = "127.0.0.1:0",
                    ServerTls* tls = nullptr);
  ~TestEdge() override;

  const std::string& address() const { return address_; }
  RawClient Connect() const { return RawClient(address_); }
  Listener& listener() { return *listener_; }
  const Counters& counters() const { return listener_->counters(); }

  // Lets every held request, present and future, be answered.
  void Release() { released_ = true; }
  int held() const { return held_; }
  int cancelled() const { return cancelled_; }
  // Streams that exist, and pieces they gave.
  int streams() const { return streams_; }
  int pieces() const { return pieces_; }
  // What became of the replies that the handler made, in order of their ends.
  std::vector<Delivery> deliveries() const {
    const std::lock_guard lock(mutex_);
    return deliveries_;
  }
  // Requests whose ticket has not come to its end.
  int tickets() const { return tickets_; }

 private:
  class Stream;
  class Watcher;

  class Counted;

  Opened Open(const Request& head) override;
  asio::awaitable<std::optional<Reply>> Confirm(Ticket& ticket, const Request& head) override;
  asio::awaitable<Reply> Serve(std::unique_ptr<Ticket> ticket, Request request) override;
  // Plain text; the headers say the reason, the head's path and the origin.
  Reply Refuse(const Status& status, const Request* head, std::string_view origin) override;
  asio::awaitable<bool> Hold();  // false when it was cancelled

  std::vector<std::unique_ptr<EventLoop>> loops_;
  std::atomic<bool> released_ = false;
  std::atomic<int> held_ = 0;
  std::atomic<int> cancelled_ = 0;
  std::atomic<int> streams_ = 0;
  std::atomic<int> pieces_ = 0;
  mutable std::mutex mutex_;
  std::vector<Delivery> deliveries_;
  std::atomic<int> tickets_ = 0;
  std::unique_ptr<Listener> listener_;
  std::string address_;
};

// "POST TARGET HTTP/1.1" with Host and Content-Length.
std::string Post(const std::string& target, const std::string& body);
// "GET TARGET HTTP/1.1" with Host.
std::string Get(const std::string& target);

}  // namespace flux::gateway
