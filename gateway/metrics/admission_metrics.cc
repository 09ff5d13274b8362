// Resolves series, adds to them.
#include "gateway/metrics/admission_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/registry.h>

#include <array>
#include <map>
#include <mutex>

namespace flux::gateway {

struct AdmissionMetrics::Series {
  std::array<prometheus::Counter*, 3> limited;
  prometheus::Counter* unauthenticated;
  prometheus::Family<prometheus::Counter>* callers;
  std::mutex mutex;
  std::map<std::string, CallerCounters> by_caller;  // guarded by `mutex`
};

AdmissionMetrics::AdmissionMetrics(prometheus::Registry& registry) : series_(std::make_unique<Series>()) {
  auto& limited = prometheus::BuildCounter()
                      .Name("flux_gateway_rate_limited_total")
                      .Help("Requests refused with 429, by the limit that was met.")
                      .Register(registry);
  series_->limited = {&limited.Add({{"by", "key"}}), &limited.Add({{"by", "address"}}),
                      &limited.Add({{"by", "concurrency"}})};
  series_->unauthenticated = &prometheus::BuildCounter()
                                  .Name("flux_gateway_unauthenticated_total")
                                  .Help("Requests refused for want of a known API key.")
                                  .Register(registry)
                                  .Add({});
  series_->callers = &prometheus::BuildCounter()
                          .Name("flux_gateway_caller_requests_total")
                          .Help("Requests that were let in, by the name of the caller's API key.")
                          .Register(registry);
}

AdmissionMetrics::~AdmissionMetrics() = default;

void AdmissionMetrics::Limited(LimitedBy by) {
  series_->limited.at(static_cast<std::size_t>(by))->Increment();
}

void AdmissionMetrics::Unauthenticated() {
  series_->unauthenticated->Increment();
}

CallerCounters AdmissionMetrics::ForCaller(const std::string& name) {
  const std::lock_guard lock(series_->mutex);
  const auto known = series_->by_caller.find(name);
  if (known != series_->by_caller.end()) return known->second;
  const std::string label = series_->by_caller.size() < kMaxCallers ? name : "other";
  CallerCounters& counters = series_->by_caller[label];
  counters = {&series_->callers->Add({{"caller", label}, {"outcome", "ok"}}),
              &series_->callers->Add({{"caller", label}, {"outcome", "failed"}})};
  return counters;
}

}  // namespace flux::gateway
