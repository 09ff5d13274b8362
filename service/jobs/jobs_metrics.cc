// All series exist from the start: their labels are closed lists.
#include "service/jobs/jobs_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <array>

namespace flux::service {
namespace {

template <std::size_t kCount>
std::array<prometheus::Counter*, kCount> Counters(prometheus::Registry& registry, const char* name,
                                                  const char* help,
                                                  const std::array<const char*, kCount>& outcomes) {
  auto& family = prometheus::BuildCounter().Name(name).Help(help).Register(registry);
  std::array<prometheus::Counter*, kCount> counters{};
  for (std::size_t i = 0; i < kCount; ++i) counters[i] = &family.Add({{"outcome", outcomes[i]}});
  return counters;
}

prometheus::Gauge& Gauge(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
}

}  // namespace

struct JobsMetrics::Series {
  explicit Series(prometheus::Registry& registry)
      : watchers(Gauge(registry, "flux_service_job_watchers", "Streams that follow a job now.")),
        sending(Gauge(registry, "flux_service_webhooks_sending", "Webhooks to callers that are sent now.")),
        sent(Counters<kWebhookSentKinds>(
            registry, "flux_service_webhook_attempts_total", "Attempts to deliver a webhook to a caller.",
            {"delivered", "refused", "redirected", "unreachable", "not_allowed", "timeout", "no_secret"})),
        ends(Counters<kWebhookEnds>(registry, "flux_service_webhooks_total",
                                    "Webhooks to callers, by how they ended.",
                                    {"delivered", "gone", "given_up"})),
        fal(Counters<kFalWebhookKinds>(
            registry, "flux_service_fal_webhooks_total",
            "What came in as fal's webhook: accepted, or why it was refused.",
            {"accepted", "malformed", "old", "forged", "replayed", "unknown", "no_keys"})) {}

  prometheus::Gauge& watchers;
  prometheus::Gauge& sending;
  std::array<prometheus::Counter*, kWebhookSentKinds> sent;
  std::array<prometheus::Counter*, kWebhookEnds> ends;
  std::array<prometheus::Counter*, kFalWebhookKinds> fal;
};

JobsMetrics::JobsMetrics(prometheus::Registry& registry) : series_(std::make_unique<Series>(registry)) {}

JobsMetrics::~JobsMetrics() = default;

void JobsMetrics::ShowWatchers(std::size_t watching) {
  series_->watchers.Set(static_cast<double>(watching));
}

void JobsMetrics::ShowSending(std::size_t sending) {
  series_->sending.Set(static_cast<double>(sending));
}

void JobsMetrics::Count(WebhookSent outcome) {
  series_->sent.at(static_cast<std::size_t>(outcome))->Increment();
}

void JobsMetrics::Count(WebhookEnd outcome) {
  series_->ends.at(static_cast<std::size_t>(outcome))->Increment();
}

void JobsMetrics::Count(FalWebhookTaken outcome) {
  series_->fal.at(static_cast<std::size_t>(outcome))->Increment();
}

}  // namespace flux::service
