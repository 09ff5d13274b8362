// HttpExchange: one HTTP request with our key, and whatever came back. What every way to fal has in common:
// refuses redirects, answers beyond a limit, and curl's own habit of sending a request a second time; knows
// whether a request may have been read.
#pragma once

#include <array>
#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "service/fal/message.h"

namespace flux::fal {

class BackupHost;  // service/wire/backup_host.h

// Reads an answer while it comes.
class ReplyReader {
 public:
  virtual ~ReplyReader() = default;
  // The next bytes of the body of a 200 of this content type. False: enough was read; the exchange ends.
  virtual bool Read(std::string_view bytes, std::string_view content_type) = 0;
};

// Ends an exchange from outside, as its reader may from inside. Lives on the loop.
class Interruption {
 public:
  void Interrupt() const {
    if (act_) act_();
  }

 private:
  friend class HttpExchange;
  std::function<void()> act_;  // while the exchange runs
};

struct HttpRequest {
  enum class Method { kGet, kPost, kPut };

  Method method = Method::kGet;
  std::string url = {};                     // whole; of the scheme that the exchange was made for
  std::string_view body = {};               // JSON text of kPost and kPut; borrowed until the end
  SteadyTime deadline = {};                 // the exchange is given up at this time
  std::size_t limit = 0;                    // bytes of the answer's body
  bool large_reply = false;                 // megabytes, not a kilobyte
  bool new_connection = false;              // not one of the pool, which may be dead
  std::array<std::string, 2> headers = {};  // more of them, whole lines; empty ones are left out
  BackupHost* backup = nullptr;             // asked instead, once, where no connection stood; borrowed
  // Takes the body of a 200, and kGet's Accept is then left to `headers`; borrowed, null: FalReply holds it.
  ReplyReader* reader = nullptr;
  Interruption* interruption = nullptr;  // with a reader: borrowed likewise
};

struct HttpExchangeOptions {
  bool https = true;     // the scheme of all requests
  std::string key = {};  // "id:secret", sent as `Authorization: Key …` (fal-api §2); empty: no such header
  std::string ca_file = {};  // PEM; empty: the system's
  std::string user_agent = {};
  std::string post_header = {};  // one more header of everything but a GET, a whole line; empty: none
  std::chrono::milliseconds connect_timeout{10'000};  // DNS, TCP and TLS together; the deadline still wins
};

// Lives on `loop`; destroyed after the loop has stopped. Copies share their connections, which are pooled,
// and used by several requests at a time over HTTP/2 where the other side offers it.
class HttpExchange {
 public:
  HttpExchange(asio::io_context& loop, HttpExchangeOptions options);

  // The answer, whatever its status, without our key where it repeats it. Called on the loop, resumes on it;
  // cancelling the awaiting coroutine abandons the exchange. `billed` of a failure is kNo exactly when curl
  // had not yet been ready to write the request.
  //   UPSTREAM_UNREACHABLE, UPSTREAM_UNTRUSTED, DEADLINE_EXCEEDED   nothing was sent
  //   UPSTREAM_CONNECTION_LOST, UPSTREAM_TIMEOUT, UPSTREAM_PROTOCOL (no HTTP), UPSTREAM_REPLY_TOO_LARGE
  //   CANCELLED   the caller left; `billed` says whether before it was sent
  asio::awaitable<Result<FalReply>> Run(HttpRequest request) const;

 private:
  struct Impl;
  class Interrupted;
  std::shared_ptr<Impl> impl_;
};

// The line "traceparent: …"; empty for what would not be one header line.
std::string TraceHeader(std::string_view traceparent);

}  // namespace flux::fal
