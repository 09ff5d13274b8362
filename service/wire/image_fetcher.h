// ImageFetcher: gets the bytes of a picture that was bought. Never buys, never sends a key.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/options.h"
#include "base/result.h"

namespace flux::fal {

// The seam between the service and the hosts of pictures. Called on the event loop, resumes on it; cancelling
// the awaiting coroutine abandons the fetch. The picture is paid for whatever happens here: a failure leaves
// its URL as good as it was, and its `billed` means nothing.
class ImageFetcher {
 public:
  virtual ~ImageFetcher() = default;
  // The body of a 200 to GET `url`, not empty, unlooked at.
  virtual asio::awaitable<Result<std::string>> Fetch(std::string url, SteadyTime deadline) = 0;
};

struct ImageFetcherOptions {
  std::string fal_url = "https://fal.run";  // its host is allowed as well, and http only where this is http
  std::vector<std::string> hosts{"fal.media", "*.fal.media"};  // fal-api §1.6; see ImageHosts
  std::string ca_file;                                         // PEM; empty: the system's
  std::string user_agent;
  Bytes max_picture{100ULL << 20};                    // beyond it: UPSTREAM_REPLY_TOO_LARGE
  std::chrono::milliseconds connect_timeout{10'000};  // DNS, TCP and TLS together; the deadline still wins
};

// GET with libcurl, from allowed hosts only (ImageHosts), without redirects. A picture that did not come (no
// connection, broken connection, 5xx) is asked for once more within the deadline: that costs nothing.
//   UPSTREAM_PROTOCOL         the address is not allowed; an answer other than 200 and 5xx; no HTTP
//   UPSTREAM_ERROR            5xx, twice
//   UPSTREAM_UNREACHABLE, UPSTREAM_UNTRUSTED, UPSTREAM_CONNECTION_LOST, UPSTREAM_REPLY_TOO_LARGE
//   UPSTREAM_TIMEOUT          the deadline        CANCELLED   the caller left
// Lives on `loop`; destroyed after the loop has stopped. Connections are pooled.
class CurlImageFetcher final : public ImageFetcher {
 public:
  CurlImageFetcher(asio::io_context& loop, ImageFetcherOptions options);
  ~CurlImageFetcher() override;

  asio::awaitable<Result<std::string>> Fetch(std::string url, SteadyTime deadline) override;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace flux::fal
