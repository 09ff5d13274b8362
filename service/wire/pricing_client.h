// FalPricing: asks fal what its apps cost.
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
#include "service/fal/price_reply.h"

namespace flux::fal {

struct PriceAnswer {
  std::vector<FalPrice> prices;      // each endpoint at most once
  std::vector<std::string> unknown;  // endpoints that fal does not know
};

// The seam between the service and fal's prices (fal-api "Platform API"). Called on the event loop, resumes
// on it. Asking costs nothing, so the `billed` of its failures is kNo:
//   UPSTREAM_ACCOUNT      fal's key may not read prices (401, 403)
//   UPSTREAM_THROTTLED    429, with `retry_after` where fal says so
//   UPSTREAM_BUSY, UPSTREAM_ERROR   5xx
//   UPSTREAM_PROTOCOL     an answer that cannot be read; any other status
//   UPSTREAM_UNREACHABLE, UPSTREAM_UNTRUSTED, UPSTREAM_CONNECTION_LOST, UPSTREAM_REPLY_TOO_LARGE
//   UPSTREAM_TIMEOUT      the deadline        CANCELLED   the caller left
class FalPricing {
 public:
  virtual ~FalPricing() = default;

  // All of it, or why not.
  virtual asio::awaitable<Result<PriceAnswer>> Ask(std::vector<std::string> endpoints,
                                                   SteadyTime deadline) = 0;
};

struct PricingOptions {
  std::string url = "https://api.fal.ai";  // http or https, no trailing slash, without /v1
  std::string key = {};                    // "id:secret"
  std::string ca_file = {};                // PEM; empty: the system's
  std::string user_agent = {};
  Bytes max_reply{1ULL << 20};                        // of a batch; some kilobytes are usual
  std::chrono::milliseconds connect_timeout{10'000};  // DNS, TCP and TLS together; the deadline still wins
};

// With libcurl (HttpExchange): in batches of at most 50, one after another. One endpoint that fal does not
// know makes it answer 404 for the whole batch, which is then halved until it stands alone. Lives on `loop`;
// destroyed after the loop has stopped.
class CurlFalPricing final : public FalPricing {
 public:
  CurlFalPricing(asio::io_context& loop, PricingOptions options);
  ~CurlFalPricing() override;

  asio::awaitable<Result<PriceAnswer>> Ask(std::vector<std::string> endpoints, SteadyTime deadline) override;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace flux::fal
