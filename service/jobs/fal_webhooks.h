// FalWebhooks: what comes in as fal's webhook. Believes nothing that fal has not signed lately; then it says
// to whoever drives the job that there is news. The result itself is asked of fal.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <deque>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "flux/v1/jobs.pb.h"
#include "service/fal/fal_webhook.h"
#include "service/jobs/jobs_metrics.h"
#include "service/purchase/kept.h"
#include "service/wire/key_set_client.h"
#include "service/wire/turns.h"

namespace flux::service {

struct FalWebhooksOptions {
  std::size_t most_body = std::size_t{1} << 20;
  std::chrono::milliseconds keys_age{86'400'000};  // fal-api "Webhooks": they may be kept for a day
  // How soon keys are fetched again where none of them has signed: fal may have new ones.
  std::chrono::milliseconds keys_pause{60'000};
  std::chrono::milliseconds fetch_time{10'000};
  std::size_t most_replays = 10'000;  // signatures that are remembered until they are too old
};

// Lives on the event loop; borrows its parts.
class FalWebhooks {
 public:
  struct Parts {
    asio::any_io_executor loop;
    KeptPurchases& kept;
    fal::KeySource* keys;  // null: nobody tells fal's keys, and everything is refused
    JobsMetrics& metrics;
    Log& log;
    const Clock& clock;
  };
  FalWebhooks(Parts parts, FalWebhooksOptions options = {});

  // WEBHOOK_REFUSED, with a sentence that says why; UPSTREAM_UNREACHABLE where fal's keys cannot be had now,
  // and STORE_UNAVAILABLE: fal sends it again.
  asio::awaitable<Result<v1::AcceptFalWebhookResponse>> Accept(v1::AcceptFalWebhookRequest request);

 private:
  enum class Signed { kYes, kNo, kNobodyKnows };
  asio::awaitable<Signed> IsSigned(const fal::WebhookHeaders& headers, const std::string& body);
  asio::awaitable<bool> Fetch();
  // False: it was here before.
  bool Remember(const std::string& signature, WallTime sent);
  Status Refused(FalWebhookTaken why, const char* sentence) const;

  const Parts parts_;
  const FalWebhooksOptions options_;
  fal::Turns fetches_;  // one at a time
  std::vector<fal::Ed25519Key> keys_;
  SteadyTime fetched_{};  // when they were; also where that failed
  SteadyTime read_{};     // when these came
  std::set<std::string> seen_;
  std::deque<std::pair<WallTime, std::string>> order_;  // of `seen_`
};

}  // namespace flux::service
