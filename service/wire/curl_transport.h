// CurlTransport: the wire. POSTs one FalCall (HttpExchange) and returns whatever came back.
#pragma once

#include <asio/io_context.hpp>
#include <chrono>
#include <string>
#include <utility>

#include "base/options.h"
#include "service/wire/http_exchange.h"
#include "service/wire/transport.h"

namespace flux::fal {

struct CurlTransportOptions {
  std::string url = "https://fal.run";  // http or https, no trailing slash
  std::string key;                      // "id:secret", sent as `Authorization: Key …` (fal-api §2)
  std::string ca_file;                  // PEM; empty: the system's
  std::string user_agent;
  std::string post_header;       // one more header, a whole line; empty: none
  BackupHost* backup = nullptr;  // borrowed; null: none
  Bytes max_reply{
      100ULL << 20};  // beyond it: UPSTREAM_REPLY_TOO_LARGE; today's service allows 100 MB as well
  std::chrono::milliseconds connect_timeout{10'000};  // DNS, TCP and TLS together; the deadline still wins
};

// Lives on `loop`; destroyed after the loop has stopped. Connections are pooled, and shared over HTTP/2 where
// fal offers it. `billed` of a failure is kNo exactly when curl had not yet been ready to write the request.
class CurlTransport final : public FalTransport {
 public:
  // Whether fal is told to give up, free of charge, where it cannot start before the call's deadline.
  enum class StartLimit { kDeadline, kNone };

  CurlTransport(asio::io_context& loop, CurlTransportOptions options);
  // On the connections of `http`. `url` as in the options; it has the scheme that `http` was made for.
  // `query` follows every path, "?NAME=VALUE"; may be empty.
  // `backup` is asked where no connection to `url` stood; borrowed, may be null.
  CurlTransport(HttpExchange http, std::string url, Bytes max_reply, StartLimit start_limit,
                std::string query = {}, BackupHost* backup = nullptr)
      : http_(std::move(http)),
        url_(std::move(url)),
        query_(std::move(query)),
        backup_(backup),
        max_reply_(max_reply),
        start_limit_(start_limit) {}

  asio::awaitable<Result<FalReply>> Send(const FalCall& call) override;

 private:
  const HttpExchange http_;
  const std::string url_;
  const std::string query_;
  BackupHost* const backup_;
  const Bytes max_reply_;
  const StartLimit start_limit_;
};

}  // namespace flux::fal
