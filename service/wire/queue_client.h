// FalQueue: buys through fal's queue, which hands out an id in milliseconds and keeps the result for a while,
// so that neither a broken connection nor the end of this process loses it.
#pragma once

#include <asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/options.h"
#include "base/result.h"
#include "service/fal/message.h"
#include "service/fal/queue_reply.h"
#include "service/wire/stack.h"

namespace flux::fal {

// The seam between the service and fal's queue (fal-api "Queue API", "Inference API: newer behaviour").
// Called on the event loop, resumes on it; cancelling the awaiting coroutine abandons what is asked, not the
// request at fal. `call` and `ticket` outlive the awaitable.
//
// Every verb but Submit is free and may be repeated. Its failures are `billed` kMaybe, whatever they are: the
// request was taken, and nothing that goes wrong afterwards says what became of it.
//   UPSTREAM_PROTOCOL         an address of the ticket is not the queue's own, so that our key would leak;
//                             an answer that cannot be read, a redirect
//   UPSTREAM_ACCOUNT, UPSTREAM_THROTTLED, UPSTREAM_BUSY, UPSTREAM_ERROR   as fal answers, with `retry_after`
//   UPSTREAM_UNREACHABLE, UPSTREAM_UNTRUSTED, UPSTREAM_CONNECTION_LOST, UPSTREAM_REPLY_TOO_LARGE
//   UPSTREAM_TIMEOUT          the deadline        CANCELLED   the caller left
class FalQueue {
 public:
  virtual ~FalQueue() = default;

  // Hands the request to fal, after `call.ledger` was told. Sends again only what was certainly not taken.
  // Failures are those of FalTransport and of Classify; `billed` is kNo only where fal has certainly not
  // taken it. The ticket's addresses are the queue's own.
  virtual asio::awaitable<Result<QueueTicket>> Submit(const FalCall& call) = 0;
  asio::awaitable<Result<QueueTicket>> Submit(FalCall&&) = delete;  // would dangle

  // The ticket of a request whose id alone is known, such as one from fal's history. UPSTREAM_PROTOCOL where
  // the id is none (IsRequestId).
  virtual Result<QueueTicket> TicketFor(std::string_view endpoint, std::string_view request_id) const = 0;

  // How far it is.
  virtual asio::awaitable<Result<QueueState>> Look(const QueueTicket& ticket, SteadyTime deadline) = 0;

  // The model's own answer, whatever its status; `request_id` is never empty. Fetch it at once: fal may keep
  // it for six minutes only. UPSTREAM_BUSY: it is still at work. OUTCOME_UNKNOWN: fal does not keep it (any
  // more).
  virtual asio::awaitable<Result<FalReply>> Fetch(const QueueTicket& ticket, SteadyTime deadline) = 0;

  // Asks fal not to start it. Whatever the answer, only a look says what became of it.
  virtual asio::awaitable<Result<CancelAnswer>> Cancel(const QueueTicket& ticket, SteadyTime deadline) = 0;

  // Waits until it is completed, and fetches. Failures on the way are asked about again, until the deadline,
  // or fal's Retry-After, leaves no time to; then the last of them is told, or UPSTREAM_TIMEOUT where there
  // was none. `told` is called on the loop with each state that fal tells meanwhile; it may be null. Sooner:
  // OUTCOME_UNKNOWN where fal says several times that it knows no such request,
  // UPSTREAM_REPLY_TOO_LARGE, CANCELLED, and a ticket that cannot be asked about.
  virtual asio::awaitable<Result<FalReply>> Await(const QueueTicket& ticket, SteadyTime deadline,
                                                  std::function<void(const QueueState&)> told) = 0;

  // Something says that there is news of a request: Await looks at once, where it waits for it.
  virtual void Hint(const std::string& request_id) { static_cast<void>(request_id); }

  // Somebody follows a request: Await, which waits for it or is about to, is told its log from now on, and
  // soon of each change.
  virtual void Follow(const std::string& request_id) { static_cast<void>(request_id); }
};

struct QueueOptions {
  std::string url = "https://queue.fal.run";  // http or https, no trailing slash
  std::string key = {};                       // "id:secret"
  std::string ca_file = {};                   // PEM; empty: the system's
  std::string user_agent = {};
  std::string post_header = {};                       // one more header of a submit, a whole line; or empty
  BackupHost* backup = nullptr;                       // of `url`; borrowed, null: none
  Bytes max_reply{100ULL << 20};                      // of a result; beyond it: UPSTREAM_REPLY_TOO_LARGE
  std::uint32_t resends = 2;                          // of a submit, at most
  std::chrono::milliseconds connect_timeout{10'000};  // DNS, TCP and TLS together; the deadline still wins
  // What Await allows for one step before it tries anew, on another connection.
  std::chrono::milliseconds look_timeout{10'000};
  std::chrono::milliseconds fetch_timeout{60'000};
  std::chrono::milliseconds stream_timeout{30'000};
  // Status streams at a time; requests beyond these are looked at now and then, so many of them at a time.
  std::size_t most_streams = 256;
  std::size_t most_looks = 64;
  // Where the answer is to be sent a webhook, which calls Hint: "https://HOST/PATH"; empty: nowhere.
  std::string webhook_url = {};
};

// With libcurl (HttpExchange). Await listens to fal's status stream, so that it knows at once, and looks by
// itself where there is none: 50 ms after the last look, half as long again each time, at most 2 s, and never
// before fal's Retry-After. Who is far back in fal's queue, or one of thousands that wait, looks less often,
// at least every minute. Requests that are followed get streams first. Lives on the loop; destroyed after the
// loop has stopped.
class CurlFalQueue final : public FalQueue {
 public:
  // `models`: all that calls name, for metrics.
  CurlFalQueue(Stack::Borrowed borrowed, QueueOptions options, const std::vector<std::string>& models);
  ~CurlFalQueue() override;

  asio::awaitable<Result<QueueTicket>> Submit(const FalCall& call) override;
  Result<QueueTicket> TicketFor(std::string_view endpoint, std::string_view request_id) const override;
  asio::awaitable<Result<QueueState>> Look(const QueueTicket& ticket, SteadyTime deadline) override;
  asio::awaitable<Result<FalReply>> Fetch(const QueueTicket& ticket, SteadyTime deadline) override;
  asio::awaitable<Result<CancelAnswer>> Cancel(const QueueTicket& ticket, SteadyTime deadline) override;
  asio::awaitable<Result<FalReply>> Await(const QueueTicket& ticket, SteadyTime deadline,
                                          std::function<void(const QueueState&)> told = {}) override;
  void Hint(const std::string& request_id) override;
  void Follow(const std::string& request_id) override;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace flux::fal
