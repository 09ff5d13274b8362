// LoadClient: one keep-alive connection of the load generator. Sends the one request, checks the answer, says
// how it went. Knows nothing of rates and times.
#pragma once

#include <array>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <string>
#include <string_view>

namespace flux::bench {

// What every request of a run is, and what every good answer contains.
struct Exchange {
  std::uint16_t port = 0;
  std::string request;        // bytes as sent
  std::size_t number_at = 0;  // where 16 digits in it differ from request to request; 0: all are the same
  std::string expect;
  bool job = false;  // the answer is 202 and a job; `expect` is in its events, which are read to their end
};

class LoadClient {
 public:
  // `done(good)` runs once per Send, never inside it.
  using Done = std::function<void(bool good)>;
  // What all clients of a thread share: nothing is kept in it between two calls.
  using Scratch = std::array<char, 65536>;

  // `number` differs from client to client.
  LoadClient(asio::io_context& loop, const Exchange& exchange, std::uint32_t number, Scratch& scratch)
      : exchange_(exchange), number_(number), scratch_(scratch), socket_(loop), pause_(loop) {}

  // `ready` runs when connected; retries until it is, some milliseconds apart.
  void Connect(std::function<void()> ready);
  void Send(Done done);

  std::uint64_t failed_connects() const { return failed_connects_; }

 private:
  // The bytes of the next request.
  const std::string& Next();
  // Whether the other side has closed the idle connection.
  bool WasClosed();
  // `request` stays as it is until the answer.
  void Write(const std::string& request);
  void Read();
  void OnReadable();
  // Asks for the events of the job that `head` tells of.
  void Follow(std::string_view head);
  void End(bool good);

  const Exchange& exchange_;
  const std::uint32_t number_;
  std::uint64_t sent_ = 0;
  std::string own_;  // the request with its number, where they have one
  Scratch& scratch_;
  asio::ip::tcp::socket socket_;
  asio::steady_timer pause_;
  std::string partial_;
  bool following_ = false;
  std::string follow_;  // the request for the events
  Done done_;
  std::uint64_t failed_connects_ = 0;
  std::chrono::steady_clock::time_point used_ =
      std::chrono::steady_clock::now();  // its last request or answer
};

}  // namespace flux::bench
