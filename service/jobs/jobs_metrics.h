// JobsMetrics: what is counted of jobs: who follows them, and their webhooks, fal's and callers'.
#pragma once

#include <cstddef>
#include <memory>

namespace prometheus {
class Registry;
}

namespace flux::service {

// What became of an attempt to tell a caller's receiver that a job is over.
enum class WebhookSent { kDelivered, kRefused, kRedirected, kUnreachable, kNotAllowed, kTimeout, kNoSecret };
inline constexpr std::size_t kWebhookSentKinds = 7;

// How a webhook to a caller ended.
enum class WebhookEnd { kDelivered, kGone, kGivenUp };
inline constexpr std::size_t kWebhookEnds = 3;

// What became of what came in as fal's webhook.
enum class FalWebhookTaken { kAccepted, kMalformed, kOld, kForged, kReplayed, kUnknown, kNoKeys };
inline constexpr std::size_t kFalWebhookKinds = 7;

// Series:
//   flux_service_job_watchers   flux_service_webhook_attempts_total{outcome}
//   flux_service_webhooks_total{outcome} flux_service_webhooks_sending
//   flux_service_fal_webhooks_total{outcome}
// Thread-safe.
class JobsMetrics {
 public:
  explicit JobsMetrics(prometheus::Registry& registry);
  ~JobsMetrics();

  void ShowWatchers(std::size_t watching);
  void ShowSending(std::size_t sending);
  void Count(WebhookSent outcome);
  void Count(WebhookEnd outcome);
  void Count(FalWebhookTaken outcome);

 private:
  struct Series;
  std::unique_ptr<Series> series_;
};

}  // namespace flux::service
