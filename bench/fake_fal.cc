// bench-fake-fal: a fake of fal.run that costs next to nothing, so that what is measured is the proxy in
// front of it. One thread, keep-alive HTTP/1.1 on 127.0.0.1. Any POST is answered with one fixed picture
// after the delay; GET /_ctl/delay/MS changes the delay for requests to come. With --picture-bytes the
// answer to a request with sync_mode has the picture in it, as a data URI. No faults, no bill: that is
// flux-sim's work.
#include <CLI/CLI.hpp>
#include <array>
#include <asio/buffer.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>
#include <asio/write.hpp>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "base/base64.h"
#include "bench/http_scan.h"

namespace flux::bench {
namespace {

using asio::ip::tcp;

constexpr std::string_view kPicture =
    R"({"images":[{"url":"https://v3.fal.media/files/koala/bench0000000000000000.jpg","width":1024,"height":576,)"
    R"("content_type":"image/jpeg","file_name":"bench0000000000000000.jpg","file_size":123456}],)"
    R"("timings":{"inference":1.2345678910111213},"seed":12345678901234567890,"has_nsfw_concepts":[false],)"
    R"("prompt":"A beautiful sunset over mountains, with a lake in front of them that mirrors a few high clouds; )"
    R"(wide angle, long exposure, natural colours, no people, no buildings, fine grain, soft contrast, calm"})";

constexpr std::string_view kInline = R"("sync_mode":true)";
constexpr std::string_view kDelayPath = "/_ctl/delay/";

std::string WithHead(std::string_view body) {
  return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nx-fal-request-id: "
         "00000000-0000-4000-8000-000000000000\r\nx-fal-billable-units: 1\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

// An answer with a picture of this many bytes in it: a JPEG's first bytes, then zeros.
std::string InlinePicture(std::size_t bytes) {
  std::string picture = "\xff\xd8\xff\xe0";
  picture.resize(bytes);
  std::string body = R"({"images":[{"url":"data:image/jpeg;base64,)";
  AppendBase64(picture, body);
  return WithHead(body + R"("}],"seed":1,"has_nsfw_concepts":[false],"prompt":"x"})");
}

struct Shared {
  std::chrono::milliseconds delay{0};
  const std::string answer = WithHead(kPicture);
  std::string inline_answer;  // empty: sync_mode is ignored
  const std::string done = WithHead("{}");
  std::array<char, 65536> scratch{};  // one for all connections: 5,000 that wait hold no buffer
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(tcp::socket socket, Shared& shared)
      : socket_(std::move(socket)), shared_(shared), timer_(socket_.get_executor()) {}

  void Read() {
    socket_.async_wait(tcp::socket::wait_read, [self = shared_from_this()](const asio::error_code& error) {
      if (!error) self->OnReadable();
    });
  }

 private:
  void OnReadable() {
    asio::error_code error;
    const std::size_t count = socket_.read_some(asio::buffer(shared_.scratch), error);
    if (error == asio::error::would_block) return Read();
    if (error) return;  // the caller left; the last reference closes
    std::string_view bytes(shared_.scratch.data(), count);
    if (!partial_.empty()) bytes = partial_.append(bytes);
    const std::optional<Message> request = FirstMessage(bytes);
    if (!request) {
      if (partial_.empty()) partial_ = bytes;
      return Read();
    }
    const std::string_view target = request->head.substr(0, request->head.find("\r\n"));
    if (const auto at = target.find(kDelayPath); at != std::string_view::npos) {
      long ms = 0;
      const std::string_view digits = target.substr(at + kDelayPath.size());
      std::from_chars(digits.data(), digits.data() + digits.size(), ms);
      shared_.delay = std::chrono::milliseconds(ms);
      partial_.clear();
      return Write(shared_.done);
    }
    const bool whole =
        !shared_.inline_answer.empty() && request->body.find(kInline) != std::string_view::npos;
    const std::string& answer = whole ? shared_.inline_answer : shared_.answer;
    partial_.clear();  // nobody here pipelines
    if (shared_.delay.count() == 0) return Write(answer);
    timer_.expires_after(shared_.delay);
    timer_.async_wait([self = shared_from_this(), &answer](const asio::error_code&) { self->Write(answer); });
  }

  // An answer fits into the socket's buffer unless the peer stopped reading.
  void Write(const std::string& answer) {
    asio::error_code error;
    const std::size_t count = socket_.write_some(asio::buffer(answer), error);
    if (count == answer.size()) return Read();
    if (error && error != asio::error::would_block) return;
    asio::async_write(socket_, asio::buffer(answer) + count,
                      [self = shared_from_this()](const asio::error_code& failed, std::size_t) {
                        if (!failed) self->Read();
                      });
  }

  tcp::socket socket_;
  Shared& shared_;
  asio::steady_timer timer_;
  std::string partial_;
};

void Accept(tcp::acceptor& acceptor, Shared& shared) {
  acceptor.async_accept([&](const asio::error_code& error, tcp::socket socket) {
    if (!error) {
      asio::error_code ignored;
      socket.non_blocking(true, ignored);
      socket.set_option(tcp::no_delay(true), ignored);
      std::make_shared<Connection>(std::move(socket), shared)->Read();
    }
    Accept(acceptor, shared);
  });
}

}  // namespace
}  // namespace flux::bench

int main(int argc, char** argv) {
  namespace bench = flux::bench;
  std::uint32_t delay_ms = 0;
  std::uint16_t port = 0;
  std::size_t picture_bytes = 0;
  CLI::App app("A fast fake of fal.run on 127.0.0.1.", "bench-fake-fal");
  app.add_option("--delay-ms", delay_ms, "Time from a request to its answer")->capture_default_str();
  app.add_option("--picture-bytes", picture_bytes,
                 "Size of a picture in the answer itself, where sync_mode asks for it; 0: always a URL");
  app.add_option("--port", port, "0: any")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  bench::Shared shared;
  shared.delay = std::chrono::milliseconds(delay_ms);
  if (picture_bytes > 0) shared.inline_answer = bench::InlinePicture(picture_bytes);
  asio::io_context loop(1);
  asio::ip::tcp::acceptor acceptor(loop, {asio::ip::address_v4::loopback(), port});
  bench::Accept(acceptor, shared);
  std::printf(R"({"event":"listening","name":"fal","address":"127.0.0.1:%u"})"
              "\n",
              static_cast<unsigned>(acceptor.local_endpoint().port()));
  std::fflush(stdout);
  loop.run();
}
