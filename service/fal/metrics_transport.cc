// Resolves the series once, adds to them per exchange.
#include "service/fal/metrics_transport.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <array>
#include <map>

#include "base/buckets.h"

namespace flux::fal {
namespace {

enum Outcome : std::size_t {
  kOk,
  kThrottled,
  kClientError,
  kServerError,
  kNotSent,
  kLost,
  kTimeout,
  kCancelled,
  kCount
};

constexpr std::array<const char*, kCount> kOutcomeNames = {"2xx",      "429",  "4xx",     "5xx",
                                                           "not_sent", "lost", "timeout", "cancelled"};

Outcome OutcomeOf(const Result<FalReply>& result) {
  if (!result) {
    const Status& status = result.error();
    if (status.reason == Reason::kCancelled) return kCancelled;
    if (status.billed == Billed::kNo) return kNotSent;
    return status.reason == Reason::kUpstreamTimeout ? kTimeout : kLost;
  }
  if (result->status < 300) return kOk;
  if (result->status == 429) return kThrottled;
  return result->status < 500 ? kClientError : kServerError;
}

}  // namespace

struct MetricsTransport::Series {
  struct Model {
    std::array<prometheus::Counter*, kCount> requests{};
    prometheus::Histogram* duration = nullptr;
  };
  std::map<std::string, Model, std::less<>> models;
  prometheus::Gauge* in_flight = nullptr;
};

MetricsTransport::MetricsTransport(FalTransport& next, prometheus::Registry& registry,
                                   const std::vector<std::string>& models, const Clock& clock)
    : next_(next), clock_(clock), series_(std::make_unique<Series>()) {
  auto& requests = prometheus::BuildCounter()
                       .Name("flux_fal_requests_total")
                       .Help("Exchanges with fal by model and outcome.")
                       .Register(registry);
  auto& duration = prometheus::BuildHistogram()
                       .Name("flux_fal_request_duration_seconds")
                       .Help("Time from handing a request to the connection until fal's whole answer.")
                       .Register(registry);
  for (const std::string& model : models) {
    Series::Model& series = series_->models[model];
    for (std::size_t i = 0; i < kCount; ++i) {
      series.requests[i] = &requests.Add({{"model", model}, {"outcome", kOutcomeNames[i]}});
    }
    series.duration = &duration.Add({{"model", model}}, ImageSecondsBuckets());
  }
  series_->in_flight = &prometheus::BuildGauge()
                            .Name("flux_fal_requests_in_flight")
                            .Help("Exchanges with fal that run now.")
                            .Register(registry)
                            .Add({});
}

MetricsTransport::~MetricsTransport() = default;

asio::awaitable<Result<FalReply>> MetricsTransport::Send(FalCall call) {
  const Series::Model& series = series_->models.at(call.model);  // models come from the same catalogue
  const SteadyTime start = clock_.Now();
  series_->in_flight->Increment();
  Result<FalReply> result = co_await next_.Send(std::move(call));
  series_->in_flight->Decrement();
  series.requests[OutcomeOf(result)]->Increment();
  series.duration->Observe(std::chrono::duration<double>(clock_.Now() - start).count());
  co_return result;
}

}  // namespace flux::fal
