// Names, labels, buckets.
#include "service/wire/metrics.h"

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

// In the order of Metrics::Unserved.
constexpr std::array kUnservedNames = {"full", "wait", "deadline", "cancelled"};

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

double Seconds(SteadyTime::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

prometheus::Gauge* AddGauge(prometheus::Registry& registry, const char* name, const char* help) {
  return &prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
}

prometheus::Family<prometheus::Histogram>& AddDuration(prometheus::Registry& registry, Metrics::Route route) {
  if (route == Metrics::Route::kQueue) {
    return prometheus::BuildHistogram()
        .Name("flux_fal_submit_duration_seconds")
        .Help("Time until fal's queue has answered that it takes a request, or why it does not.")
        .Register(registry);
  }
  return prometheus::BuildHistogram()
      .Name("flux_fal_request_duration_seconds")
      .Help(
          "Time of one exchange, from handing the request to the connection until fal's "
          "whole answer; waits for a slot or before a resend are not in it.")
      .Register(registry);
}

}  // namespace

struct Metrics::Series {
  struct Model {
    std::array<prometheus::Counter*, kCount> requests{};
    std::map<Reason, prometheus::Counter*> resends;
    prometheus::Histogram* duration = nullptr;
  };
  std::map<std::string, Model, std::less<>> models;
  std::array<prometheus::Counter*, kUnservedNames.size()> unserved{};
  prometheus::Gauge* in_flight = nullptr;
  prometheus::Gauge* slots_limit = nullptr;
  prometheus::Gauge* slots_in_use = nullptr;
  prometheus::Gauge* queue_length = nullptr;
  prometheus::Histogram* queue_wait = nullptr;
};

Metrics::Metrics(prometheus::Registry& registry, const std::vector<std::string>& models, Route route)
    : series_(std::make_unique<Series>()) {
  auto& requests = prometheus::BuildCounter()
                       .Name("flux_fal_requests_total")
                       .Help("Calls to fal by model and final outcome; resends are not counted again.")
                       .Register(registry);
  auto& resends = prometheus::BuildCounter()
                      .Name("flux_fal_resends_total")
                      .Help("Calls sent to fal again after a failure that was certainly not billed.")
                      .Register(registry);
  auto& duration = AddDuration(registry, route);
  auto& unserved = prometheus::BuildCounter()
                       .Name("flux_fal_queue_refused_total")
                       .Help(
                           "Calls that got no slot: the queue was full, the wait was over, their "
                           "deadline came, or their caller left.")
                       .Register(registry);
  for (const std::string& model : models) {
    Series::Model& series = series_->models[model];
    for (std::size_t i = 0; i < kCount; ++i) {
      series.requests[i] = &requests.Add({{"model", model}, {"outcome", kOutcomeNames[i]}});
    }
    for (const ReasonRow& row : ReasonTable()) {
      if (!row.resend) continue;
      series.resends[row.reason] = &resends.Add({{"model", model}, {"reason", std::string(row.name)}});
    }
    series.duration = &duration.Add({{"model", model}}, ImageSecondsBuckets());
  }
  for (std::size_t i = 0; i < kUnservedNames.size(); ++i) {
    series_->unserved[i] = &unserved.Add({{"reason", kUnservedNames[i]}});
  }
  series_->in_flight =
      AddGauge(registry, "flux_fal_requests_in_flight", "Calls to fal that run or wait now.");
  series_->slots_limit =
      AddGauge(registry, "flux_fal_slots_limit", "Exchanges that may run at once now; 0: no limit.");
  series_->slots_in_use = AddGauge(registry, "flux_fal_slots_in_use", "Exchanges that run now.");
  series_->queue_length =
      AddGauge(registry, "flux_fal_queue_length", "Calls that wait now, for a slot or for their resend.");
  series_->queue_wait = &prometheus::BuildHistogram()
                             .Name("flux_fal_queue_wait_seconds")
                             .Help("Wait of a call for its first slot, 0 where one was free.")
                             .Register(registry)
                             .Add({}, ImageSecondsBuckets());
}

Metrics::~Metrics() = default;

void Metrics::Begin() {
  series_->in_flight->Increment();
}

void Metrics::End(const std::string& model, const Result<FalReply>& result) {
  series_->in_flight->Decrement();
  series_->models.at(model).requests[OutcomeOf(result)]->Increment();
}

void Metrics::Exchanged(const std::string& model, SteadyTime::duration took) {
  series_->models.at(model).duration->Observe(Seconds(took));
}

void Metrics::Resent(const std::string& model, Reason why) {
  series_->models.at(model).resends.at(why)->Increment();
}

void Metrics::Slots(std::uint32_t limit, std::uint32_t in_use) {
  series_->slots_limit->Set(limit);
  series_->slots_in_use->Set(in_use);
}

void Metrics::Waiting(std::size_t calls) {
  series_->queue_length->Set(static_cast<double>(calls));
}

void Metrics::Served(SteadyTime::duration waited) {
  series_->queue_wait->Observe(Seconds(waited));
}

void Metrics::Left(Unserved why) {
  series_->unserved[static_cast<std::size_t>(why)]->Increment();
}

}  // namespace flux::fal
