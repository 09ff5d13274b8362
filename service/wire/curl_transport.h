// CurlTransport: the wire. POSTs one FalCall with libcurl and returns whatever came back. Refuses redirects,
// answers beyond the limit, and curl's own habit of sending a POST a second time.
#pragma once

#include <asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "base/options.h"
#include "service/wire/transport.h"

namespace flux::fal {

struct CurlTransportOptions {
  std::string url = "https://fal.run";  // http or https, no trailing slash
  std::string key;                      // "id:secret", sent as `Authorization: Key …` (fal-api §2)
  std::string ca_file;                  // PEM; empty: the system's
  std::string user_agent;
  Bytes max_reply{
      100ULL << 20};  // beyond it: UPSTREAM_REPLY_TOO_LARGE; today's service allows 100 MB as well
  std::chrono::milliseconds connect_timeout{10'000};  // DNS, TCP and TLS together; the deadline still wins
};

// Lives on `loop`; destroyed after the loop has stopped. Connections are pooled, and shared over HTTP/2 where
// fal offers it. `billed` of a failure is kNo exactly when curl had not yet been ready to write the request.
class CurlTransport final : public FalTransport {
 public:
  CurlTransport(asio::io_context& loop, CurlTransportOptions options);
  ~CurlTransport() override;

  asio::awaitable<Result<FalReply>> Send(const FalCall& call) override;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace flux::fal
