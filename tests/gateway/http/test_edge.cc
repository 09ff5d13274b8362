// A listener with a handler that tests control.
#include "tests/gateway/http/test_edge.h"

#include <gtest/gtest.h>

#include <asio/cancellation_state.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <cstdlib>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "gateway/http/byte_shares.h"
#include "gateway/http/line.h"
#include "gateway/http/reply_stream.h"

namespace flux::gateway {
class TestEdge::Counted final : public Ticket {
 public:
  explicit Counted(TestEdge& edge) : edge_(edge) { ++edge_.tickets_; }
  ~Counted() override { --edge_.tickets_; }

 private:
  TestEdge& edge_;
};

class TestEdge::Stream final : public ReplyStream {
 public:
  Stream(TestEdge& edge, std::string what) : edge_(edge), what_(std::move(what)) { ++edge_.streams_; }
  ~Stream() override { --edge_.streams_; }

  asio::awaitable<std::string> Next() override {
    const int piece = given_++;
    if (what_ == "throw" && piece == 1) throw std::runtime_error("as asked");
    const bool holds = what_.starts_with("hold");
    bool whole = true;
    if (holds && piece == 1) whole = co_await edge_.Hold();
    if (!whole && what_ == "hold-throw") throw std::runtime_error("cancelled");
    const int pieces = holds ? 2 : what_ == "throw" ? 2 : std::atoi(what_.c_str());
    if (what_ != "endless" && piece == pieces) co_return std::string();
    ++edge_.pieces_;
    if (what_ == "endless") co_return std::string(64 * 1024, 'e');
    co_return "piece " + std::to_string(piece) + "\n";
  }

 private:
  TestEdge& edge_;
  const std::string what_;
  int given_ = 0;
};

class TestEdge::Watcher final : public ReplyWatcher {
 public:
  explicit Watcher(TestEdge& edge) : edge_(edge) {}
  void Ended(const Delivery& delivery) override {
    const std::lock_guard lock(edge_.mutex_);
    edge_.deliveries_.push_back(delivery);
  }

 private:
  TestEdge& edge_;
};

TestEdge::TestEdge(Limits limits, std::size_t loops, const std::string& address, ServerTls* tls) {
  std::vector<asio::io_context*> contexts;
  for (std::size_t i = 0; i < loops; ++i) {
    loops_.push_back(std::make_unique<EventLoop>("edge" + std::to_string(i)));
    contexts.push_back(&loops_.back()->context());
  }
  listener_ = std::make_unique<Listener>(contexts, limits, *this, tls);
  Result<std::string> bound = listener_->Start({address});
  if (bound) {
    address_ = *bound;
  } else {
    ADD_FAILURE() << bound.error().message;
  }
}

TestEdge::~TestEdge() {
  Release();
  listener_.reset();
}

asio::awaitable<bool> TestEdge::Hold() {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  ++held_;
  bool cancelled = false;
  try {
    while (!released_) {
      timer.expires_after(std::chrono::milliseconds(1));
      co_await timer.async_wait(asio::use_awaitable);
    }
  } catch (const std::system_error&) {
    cancelled = true;
    ++cancelled_;
  }
  --held_;
  co_return !cancelled;
}

Opened TestEdge::Open(const Request& head) {
  if (head.target.ends_with("?unwanted")) {
    Reply reply;
    reply.body = "unwanted";
    return reply;
  }
  auto ticket = std::make_unique<Counted>(*this);
  if (head.target.ends_with("?small")) ticket->body_limit = 10;
  ticket->share = ShareOf(head.remote_addr);
  for (const auto& [name, value] : head.query) {
    if (name == "share") ticket->share = std::stoull(value);
  }
  ticket->unconfirmed = head.target.ends_with("?ask") || head.target.ends_with("?refuse");
  return ticket;
}

asio::awaitable<std::optional<Reply>> TestEdge::Confirm(Ticket&, const Request& head) {
  co_await Hold();
  if (!head.target.ends_with("?refuse")) co_return std::nullopt;
  Reply reply;
  reply.body = "refused";
  co_return reply;
}

Reply TestEdge::Refuse(const Status& status, const Request* head, std::string_view origin) {
  Reply reply;
  reply.status = RowOf(status.reason).http_status;
  reply.headers = {{"X-Reason", std::string(RowOf(status.reason).name)}};
  if (head != nullptr) reply.headers.emplace_back("X-Path", head->path);
  if (!origin.empty()) reply.headers.emplace_back("X-Origin", origin);
  if (status.retry_after)
    reply.headers.emplace_back("Retry-After", std::to_string(status.retry_after->count() / 1000));
  reply.body = status.message;
  return reply;
}

asio::awaitable<Reply> TestEdge::Serve(std::unique_ptr<Ticket>, Request request) {
  Reply reply;
  reply.watcher = std::make_unique<Watcher>(*this);
  if (request.path == "/echo") {
    reply.body = std::move(request.body);
  } else if (request.path == "/throw") {
    throw std::runtime_error("as asked");
  } else if (request.path == "/big" || request.path == "/paid") {
    reply.body.assign(kBigBytes, 'b');
    if (request.path == "/paid") reply.billed = Billed::kYes;
  } else if (request.path.starts_with("/reserve/")) {
    const std::uint64_t bytes = std::stoull(request.path.substr(9));
    if (co_await request.line->Reserve(bytes)) {
      co_await Hold();
      reply.body.assign(bytes, 'r');
      reply.billed = Billed::kYes;
    } else {
      reply.status = 503;
    }
  } else if (request.path.starts_with("/stream/")) {
    reply.stream = std::make_shared<Stream>(*this, request.path.substr(8));
  } else if (request.path == "/hold") {
    const bool whole = co_await Hold();
    if (!whole && request.target.ends_with("?throw")) throw std::runtime_error("cancelled");
    reply.body = request.line->Stopped() ? "stopped" : "held";
  } else if (request.path == "/shield") {
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    co_await Hold();
    reply.body = "shielded";
  } else {
    reply.close = request.path == "/close";
    reply.body = request.method + " " + request.target + " from " + request.remote_addr;
  }
  co_return reply;
}

std::string Post(const std::string& target, const std::string& body) {
  return "POST " + target + " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

std::string Get(const std::string& target) {
  return "GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n";
}

}  // namespace flux::gateway
