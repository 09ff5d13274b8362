// WebhookSender: tells callers' receivers that jobs are over, again and again for a day where that fails.
// What is to be told is in the store, so that any process goes on with it.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "service/jobs/jobs_metrics.h"
#include "service/jobs/webhook_poster.h"
#include "service/jobs/webhook_secrets.h"
#include "service/jobs/webhook_targets.h"
#include "service/purchase/kept.h"
#include "service/store/store.h"
#include "service/wire/turns.h"

namespace flux::service {

struct WebhookSenderOptions {
  std::size_t most_at_once = 64;
  std::size_t most_per_host = 4;  // of them: a slow receiver holds up nobody but its own
  std::chrono::milliseconds beat{1'000};
  std::chrono::milliseconds hold{60'000};  // of a claim: longer than a POST and its bookkeeping
};

// When the attempt after so many is made.
std::chrono::milliseconds PauseAfter(std::uint32_t tries);

// Lives on the event loop; borrows its parts, until the loop has stopped.
class WebhookSender {
 public:
  struct Parts {
    asio::any_io_executor loop;
    Store& store;
    KeptPurchases& kept;
    WebhookPoster& poster;
    const WebhookTargets& targets;
    const WebhookSecrets& secrets;
    JobsMetrics& metrics;
    Log& log;
    const Clock& clock;
  };
  WebhookSender(Parts parts, WebhookSenderOptions options = {});

  // Begins to send, and goes on until the loop stops. Called once, from any thread.
  void Start();

 private:
  asio::awaitable<void> Run();
  asio::awaitable<bool> Claim();
  asio::awaitable<void> Deliver(DueWebhook due);
  struct Attempt {
    int status = 0;
    std::string error = {};
    WebhookSent outcome = WebhookSent::kUnreachable;
    bool pictures = false;  // they were all part of it
  };
  asio::awaitable<Attempt> Try(const DueWebhook& due);
  asio::awaitable<void> Note(const DueWebhook& due, const Attempt& attempt, WallTime begun);

  const Parts parts_;
  const WebhookSenderOptions options_;
  fal::Turns builds_;                           // of messages: a result may have megabytes
  std::map<std::string, std::size_t> sending_;  // by host
  std::size_t all_ = 0;
};

}  // namespace flux::service
