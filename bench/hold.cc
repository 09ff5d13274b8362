// bench-hold: opens many connections to 127.0.0.1 and keeps them, until its standard input ends.
//   --mode idle   each has asked once and been answered, and is silent since
//   --mode loris  each sends a head that never ends, a header line at a time, and starts again when it is cut
//   off
//   --mode wait   each has asked for a picture and waits for it
// Prints "ready" when all stand, and at the end one JSON object. One thread.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <asio/awaitable.hpp>
#include <asio/buffer.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>

namespace flux::bench {
namespace {

using asio::use_awaitable;
using asio::ip::tcp;

struct Plan {
  std::uint16_t port = 0;
  std::string mode = "idle";
  std::uint32_t connections = 1000;
  double drip_s = 2;    // between two lines of a slow head
  double ramp_s = 2;    // over which connections are made
  std::string request;  // of idle and wait
};

struct Tally {
  std::uint32_t standing = 0;  // as they should be
  std::uint64_t answered = 0;
  std::uint64_t refused = 0;  // answers but 200 and 204, and connections that failed
  std::uint64_t cut_off = 0;  // ended by the other side
};

class Holder {
 public:
  explicit Holder(const Plan& plan) : plan_(plan) {}

  void Go() {
    for (std::uint32_t i = 0; i < plan_.connections; ++i) asio::co_spawn(loop_, Hold(i), asio::detached);
    input_.async_read_some(asio::buffer(scratch_),
                           [this](const asio::error_code&, std::size_t) { loop_.stop(); });
    loop_.run();
    std::printf("{\"standing\":%u,\"answered\":%llu,\"refused\":%llu,\"cut_off\":%llu}\n", tally_.standing,
                static_cast<unsigned long long>(tally_.answered),
                static_cast<unsigned long long>(tally_.refused),
                static_cast<unsigned long long>(tally_.cut_off));
  }

 private:
  asio::awaitable<void> Hold(std::uint32_t number) {
    asio::steady_timer timer(loop_);
    timer.expires_after(std::chrono::duration_cast<std::chrono::steady_clock::duration>(
        std::chrono::duration<double>(plan_.ramp_s * number / plan_.connections)));
    co_await timer.async_wait(use_awaitable);
    for (;;) {
      bool again = false;
      try {
        tcp::socket socket(loop_);
        const tcp::endpoint server(asio::ip::address_v4::loopback(), plan_.port);
        co_await socket.async_connect(server, use_awaitable);
        if (plan_.mode == "loris") {
          co_await Drip(socket, timer);
        } else {
          co_await Ask(socket);
        }
      } catch (const std::exception&) {
        again = plan_.mode == "loris";
      }
      if (!again) co_return;
      ++tally_.cut_off;
      timer.expires_after(std::chrono::milliseconds(100));
      co_await timer.async_wait(use_awaitable);
    }
  }

  asio::awaitable<void> Drip(tcp::socket& socket, asio::steady_timer& timer) {
    std::string bytes = "POST / HTTP/1.1\r\nHost: a\r\n";
    co_await asio::async_write(socket, asio::buffer(bytes), use_awaitable);
    Stands();
    for (bytes = "X-Slow: 1\r\n";;) {
      timer.expires_after(std::chrono::duration_cast<std::chrono::steady_clock::duration>(
          std::chrono::duration<double>(plan_.drip_s)));
      co_await timer.async_wait(use_awaitable);
      co_await asio::async_write(socket, asio::buffer(bytes), use_awaitable);
    }
  }

  asio::awaitable<void> Ask(tcp::socket& socket) {
    co_await asio::async_write(socket, asio::buffer(plan_.request), use_awaitable);
    const bool waits = plan_.mode == "wait";
    if (waits) Stands();
    // The scratch is shared: what it holds is looked at before the next suspension.
    const std::size_t count = co_await socket.async_read_some(asio::buffer(scratch_), use_awaitable);
    const bool good = std::string_view(scratch_.data(), count).starts_with("HTTP/1.1 20");
    good ? ++tally_.answered : ++tally_.refused;
    if (!waits) Stands();
    for (;;) {
      asio::error_code ec;
      co_await socket.async_read_some(asio::buffer(scratch_), asio::redirect_error(use_awaitable, ec));
      if (ec) break;
    }
    ++tally_.cut_off;
  }

  void Stands() {
    if (++tally_.standing != plan_.connections) return;
    std::puts("ready");
    std::fflush(stdout);
  }

  const Plan& plan_;
  asio::io_context loop_{1};
  asio::posix::stream_descriptor input_{loop_, ::dup(0)};
  std::array<char, 16384> scratch_{};
  Tally tally_;
};

}  // namespace
}  // namespace flux::bench

int main(int argc, char** argv) {
  namespace bench = flux::bench;
  bench::Plan plan;
  CLI::App app("Holds connections to 127.0.0.1 until standard input ends.", "bench-hold");
  app.add_option("--port", plan.port, "Port of 127.0.0.1")->required();
  app.add_option("--mode", plan.mode)->check(CLI::IsMember({"idle", "loris", "wait"}))->capture_default_str();
  app.add_option("--connections", plan.connections)->check(CLI::Range(1, 60'000))->capture_default_str();
  app.add_option("--drip", plan.drip_s, "Seconds between two lines")
      ->check(CLI::Range(0.01, 60.0))
      ->capture_default_str();
  app.add_option("--ramp", plan.ramp_s, "Seconds over which connections are made")
      ->check(CLI::Range(0.0, 60.0))
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  const std::string body = R"({"prompt":"A beautiful sunset over mountains"})";
  plan.request = plan.mode == "idle"
                     ? "OPTIONS /api/v1/models HTTP/1.1\r\nHost: a\r\n\r\n"
                     : "POST /api/v1/flux/text-to-image/dev HTTP/1.1\r\nHost: a\r\nContent-Type: "
                       "application/json\r\nContent-Length: " +
                           std::to_string(body.size()) + "\r\n\r\n" + body;
  bench::Holder(plan).Go();
}
