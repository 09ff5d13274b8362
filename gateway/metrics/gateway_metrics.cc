// Resolves series, adds to them.
#include "gateway/metrics/gateway_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <array>
#include <atomic>
#include <map>
#include <string>

#include "base/buckets.h"

namespace flux::gateway {
namespace {

constexpr std::string_view kOther = "other";

}  // namespace

struct GatewayMetrics::Series {
  struct PerRoute {
    prometheus::Counter* ok;
    prometheus::Histogram* duration;
  };
  // Successes are resolved at start; failures when they first happen, from two closed lists.
  prometheus::Family<prometheus::Counter>* requests;
  std::map<std::string, PerRoute, std::less<>> routes;
  prometheus::Histogram* overhead;
  prometheus::Gauge* in_flight;
};

GatewayMetrics::GatewayMetrics(prometheus::Registry& registry, const std::vector<std::string_view>& routes)
    : series_(std::make_unique<Series>()) {
  series_->requests = &prometheus::BuildCounter()
                           .Name("flux_gateway_requests_total")
                           .Help("Public requests by route and outcome; OK is success.")
                           .Register(registry);
  auto& duration = prometheus::BuildHistogram()
                       .Name("flux_gateway_request_duration_seconds")
                       .Help("Time from a request's head to its reply.")
                       .Register(registry);
  const auto add = [&](std::string_view route) {
    const std::string label(route);
    series_->routes[label] = {&series_->requests->Add({{"route", label}, {"reason", "OK"}}),
                              &duration.Add({{"route", label}}, ImageSecondsBuckets())};
  };
  for (const std::string_view route : routes) add(route);
  add(kOther);
  series_->overhead =
      &prometheus::BuildHistogram()
           .Name("flux_gateway_overhead_seconds")
           .Help("Time added by gateway and service: total of a generation less the wait for fal.")
           .Register(registry)
           .Add({}, OverheadSecondsBuckets());
  series_->in_flight = &prometheus::BuildGauge()
                            .Name("flux_gateway_requests_in_flight")
                            .Help("Requests that are worked on now.")
                            .Register(registry)
                            .Add({});
}

GatewayMetrics::~GatewayMetrics() = default;

void GatewayMetrics::Begin() {
  series_->in_flight->Increment();
}

void GatewayMetrics::End() {
  series_->in_flight->Decrement();
}

void GatewayMetrics::Done(std::string_view route, std::optional<Reason> failure,
                          std::chrono::duration<double> total,
                          std::optional<std::chrono::duration<double>> overhead) {
  auto& [label, per_route] = *series_->routes.find(route.empty() ? kOther : route);
  per_route.duration->Observe(total.count());
  if (overhead) series_->overhead->Observe(overhead->count());
  if (!failure) {
    per_route.ok->Increment();
  } else {
    series_->requests->Add({{"route", label}, {"reason", std::string(RowOf(*failure).name)}}).Increment();
  }
}

void GatewayMetrics::Refused(Reason reason) {
  series_->requests->Add({{"route", std::string(kOther)}, {"reason", std::string(RowOf(reason).name)}})
      .Increment();
}

}  // namespace flux::gateway
