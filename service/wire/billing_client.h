// FalBilling: what fal says that it charged, and what is left of the account's credits.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/options.h"
#include "base/result.h"
#include "service/fal/billing_reply.h"

namespace flux::fal {

struct BillingQuery {
  // From `start` on, before `end`, by fal's clock; at most 90 days.
  WallTime start;
  WallTime end;
  std::string cursor = {};  // next_cursor of the page before; empty: the first page
};

// The seam between the service and fal's bill (fal-api "Platform API"). Called on the event loop, resumes on
// it; cancelling the awaiting coroutine abandons it. Asking costs nothing.
//   UPSTREAM_ACCOUNT      the key may not read the bill (401, 403)
//   UPSTREAM_NOT_FOUND    there is no bill at this address (404)
//   UPSTREAM_THROTTLED    429, with `retry_after` where fal says so
//   UPSTREAM_BUSY, UPSTREAM_ERROR   5xx
//   UPSTREAM_PROTOCOL     an answer that cannot be read; any other status
//   UPSTREAM_UNREACHABLE, UPSTREAM_UNTRUSTED, UPSTREAM_CONNECTION_LOST, UPSTREAM_REPLY_TOO_LARGE
//   UPSTREAM_TIMEOUT      the deadline        CANCELLED   the caller left
class FalBilling {
 public:
  virtual ~FalBilling() = default;

  // A page of charges. They are told seconds to half an hour after the request.
  virtual asio::awaitable<Result<BillingPage>> Events(BillingQuery query, SteadyTime deadline) = 0;

  // In billionths of a dollar.
  virtual asio::awaitable<Result<std::int64_t>> Credits(SteadyTime deadline) = 0;
};

struct BillingOptions {
  std::string url = "https://api.fal.ai";  // http or https, no trailing slash, without /v1
  std::string key = {};                    // "id:secret"; needs the permission billing:usage:read
  std::string ca_file = {};                // PEM; empty: the system's
  std::string user_agent = {};
  Bytes max_reply{4ULL << 20};                        // of a page; it is read in one go, by the event loop
  std::chrono::milliseconds connect_timeout{10'000};  // DNS, TCP and TLS together; the deadline still wins
};

// With libcurl (HttpExchange). Lives on `loop`; destroyed after the loop has stopped.
class CurlFalBilling final : public FalBilling {
 public:
  CurlFalBilling(asio::io_context& loop, BillingOptions options);
  ~CurlFalBilling() override;

  asio::awaitable<Result<BillingPage>> Events(BillingQuery query, SteadyTime deadline) override;
  asio::awaitable<Result<std::int64_t>> Credits(SteadyTime deadline) override;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace flux::fal
