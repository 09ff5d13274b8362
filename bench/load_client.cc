// Writes and reads at once; waits only when the kernel says so.
#include "bench/load_client.h"

#include <sys/socket.h>

#include <asio/buffer.hpp>
#include <asio/post.hpp>
#include <asio/write.hpp>
#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <optional>
#include <string_view>
#include <utility>

#include "bench/http_scan.h"

namespace flux::bench {

using asio::ip::tcp;

namespace {

constexpr std::string_view kLastChunk = "\r\n0\r\n\r\n";

}  // namespace

void LoadClient::Connect(std::function<void()> ready) {
  partial_.clear();
  asio::error_code ignored;
  socket_.close(ignored);
  socket_.async_connect(
      {asio::ip::address_v4::loopback(), exchange_.port},
      [this, ready = std::move(ready)](const asio::error_code& error) mutable {
        if (!error) {
          asio::error_code option;
          socket_.non_blocking(true, option);
          socket_.set_option(tcp::no_delay(true), option);
          return ready();
        }
        ++failed_connects_;
        pause_.expires_after(std::chrono::milliseconds(20));
        pause_.async_wait([this, ready = std::move(ready)](const asio::error_code& stopped) mutable {
          if (!stopped) Connect(std::move(ready));
        });
      });
}

const std::string& LoadClient::Next() {
  if (exchange_.number_at == 0) return exchange_.request;
  if (own_.empty()) own_ = exchange_.request;
  std::array<char, 17> digits{};
  std::snprintf(digits.data(), digits.size(), "%06" PRIu32 "%010" PRIu64, number_, ++sent_);
  own_.replace(exchange_.number_at, digits.size() - 1, digits.data());
  return own_;
}

void LoadClient::Send(Done done) {
  done_ = std::move(done);
  following_ = false;
  if (!WasClosed()) return Write(Next());
  Connect([this] { Write(Next()); });
}

// As clients of HTTP do, what has been idle for a while is looked at before it is used.
bool LoadClient::WasClosed() {
  constexpr std::chrono::seconds kWhile{1};
  const auto idle_since = std::exchange(used_, std::chrono::steady_clock::now());
  if (used_ - idle_since < kWhile) return false;
  char byte = 0;
  return ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

void LoadClient::Write(const std::string& request) {
  asio::error_code error;
  const std::size_t count = socket_.write_some(asio::buffer(request), error);
  if (count == request.size()) return Read();
  if (error && error != asio::error::would_block) {
    return asio::post(socket_.get_executor(), [this] { End(false); });
  }
  asio::async_write(socket_, asio::buffer(request) + count,
                    [this](const asio::error_code& failed, std::size_t) { failed ? End(false) : Read(); });
}

void LoadClient::Read() {
  socket_.async_wait(tcp::socket::wait_read,
                     [this](const asio::error_code& error) { error ? End(false) : OnReadable(); });
}

void LoadClient::OnReadable() {
  asio::error_code error;
  const std::size_t count = socket_.read_some(asio::buffer(scratch_), error);
  if (error == asio::error::would_block) return Read();
  if (error) return End(false);
  std::string_view bytes(scratch_.data(), count);
  if (!partial_.empty()) bytes = partial_.append(bytes);
  if (following_) {
    if (bytes.ends_with(kLastChunk)) {
      const bool good =
          bytes.starts_with("HTTP/1.1 200") && bytes.find(exchange_.expect) != std::string_view::npos;
      partial_.clear();
      return End(good);
    }
    if (partial_.empty()) partial_ = bytes;
    return Read();
  }
  const std::optional<Message> answer = FirstMessage(bytes);
  if (!answer) {
    if (partial_.empty()) partial_ = bytes;
    return Read();
  }
  if (exchange_.job && answer->head.starts_with("HTTP/1.1 202")) return Follow(answer->head);
  const bool good = answer->head.starts_with("HTTP/1.1 200") && answer->Size() == bytes.size() &&
                    answer->body.find(exchange_.expect) != std::string_view::npos;
  partial_.clear();
  End(good);
}

void LoadClient::Follow(std::string_view head) {
  follow_.assign("GET /api/v1/jobs/")
      .append(HeaderValue(head, "\r\nx-job-id:"))
      .append(" HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n");
  partial_.clear();
  following_ = true;
  Write(follow_);
}

void LoadClient::End(bool good) {
  used_ = std::chrono::steady_clock::now();
  std::exchange(done_, nullptr)(good);
}

}  // namespace flux::bench
