// FalHistory: what fal says that it was asked for, so that the outcome of a purchase whose answer was lost is
// looked up instead of guessed.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/options.h"
#include "base/result.h"
#include "service/fal/queue_reply.h"

namespace flux::fal {

struct HistoryQuery {
  std::string endpoint;  // fal application, e.g. "fal-ai/flux/dev"
  // From `start` on, before `end`, by fal's clock. Which of its times fal goes by is not documented: leave
  // room.
  WallTime start;
  WallTime end;
  // Only rows with this input (InputSha256), or of this request; both empty: all.
  std::string input_sha256 = {};
  std::string request_id = {};
};

// The seam between the service and fal's request history (fal-api "Platform API"). Called on the event loop,
// resumes on it; cancelling the awaiting coroutine abandons the search. A search costs nothing: the `billed`
// of its failures is kNo and says nothing about any purchase.
//   UPSTREAM_ACCOUNT      fal's key may not read the history (401, 403)
//   UPSTREAM_NOT_FOUND    there is no history at this address (404)
//   UPSTREAM_THROTTLED    429, with `retry_after` where fal says so
//   UPSTREAM_BUSY, UPSTREAM_ERROR   5xx
//   UPSTREAM_PROTOCOL     an answer that cannot be read; any other status
//   UPSTREAM_UNREACHABLE, UPSTREAM_UNTRUSTED, UPSTREAM_CONNECTION_LOST, UPSTREAM_REPLY_TOO_LARGE
//   UPSTREAM_TIMEOUT      the deadline        CANCELLED   the caller left
class FalHistory {
 public:
  virtual ~FalHistory() = default;

  // The requests that fal lists, with payloads where it keeps them, each once, in fal's order. Rows lag by
  // minutes: what is not among them may have been sent all the same. Bounded: of very many, some are missing.
  virtual asio::awaitable<Result<std::vector<HistoryItem>>> Search(HistoryQuery query,
                                                                   SteadyTime deadline) = 0;
};

struct HistoryOptions {
  std::string url = "https://api.fal.ai";  // http or https, no trailing slash, without /v1
  std::string key = {};                    // "id:secret"; needs the permission models:requests:read
  std::string ca_file = {};                // PEM; empty: the system's
  std::string user_agent = {};
  // Of a page; one that is larger is asked for in smaller ones, and an item that is larger by itself without
  // its payload. A page is read in one go, by the event loop.
  Bytes max_reply{16ULL << 20};
  std::chrono::milliseconds connect_timeout{10'000};  // DNS, TCP and TLS together; the deadline still wins
  std::size_t most_searches = 4;                      // at a time; the others wait for their turn
  std::chrono::milliseconds search_time{30'000};  // of a search, from its turn on; the deadline still wins
};

// With libcurl (HttpExchange): at most 20 pages of 100 items. Lives on `loop`; destroyed after the loop has
// stopped.
class CurlFalHistory final : public FalHistory {
 public:
  CurlFalHistory(asio::io_context& loop, HistoryOptions options);
  ~CurlFalHistory() override;

  asio::awaitable<Result<std::vector<HistoryItem>>> Search(HistoryQuery query, SteadyTime deadline) override;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace flux::fal
