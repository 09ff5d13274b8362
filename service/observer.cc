// Counts, times, writes the receipt. No prompt, no picture, no key.
#include "service/observer.h"

#include <google/protobuf/util/time_util.h>
#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <array>
#include <map>

#include "base/buckets.h"

namespace flux::service {
namespace {

constexpr std::string_view kUnknown = "unknown";
constexpr std::array kRpcs = {"TextToImage", "ImageToImage", "Inpaint"};
constexpr double kMicro = 1e-6;
constexpr double kMega = 1e-6;

double Seconds(const google::protobuf::Duration& duration) {
  return static_cast<double>(google::protobuf::util::TimeUtil::DurationToNanoseconds(duration)) * 1e-9;
}

}  // namespace

struct Observer::Series {
  struct Model {
    prometheus::Counter* images;
    prometheus::Counter* flagged;
    prometheus::Counter* megapixels;
    prometheus::Counter* usd;
  };

  // Counters by reason are made when a reason first happens: 35 reasons by 30 models by 3 RPCs would be 3,000
  // series of which a site sees a dozen. All three labels are closed lists, so the set stays bounded.
  prometheus::Family<prometheus::Counter>* requests;
  std::map<std::string, Model, std::less<>> models;
  std::map<std::string, prometheus::Histogram*, std::less<>> duration;
  prometheus::Histogram* overhead;
  prometheus::Gauge* in_flight;
};

Observer::Observer(prometheus::Registry& registry, Log* log, const std::vector<std::string>& models)
    : series_(std::make_unique<Series>()), log_(log) {
  const auto counter = [&registry](const char* name,
                                   const char* help) -> prometheus::Family<prometheus::Counter>& {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
  };
  series_->requests =
      &counter("flux_service_requests_total", "Generations asked for, by outcome; OK is success.");
  auto& images = counter("flux_service_images_total", "Pictures made.");
  auto& flagged = counter("flux_service_flagged_images_total", "Pictures blackened by fal's safety checker.");
  auto& megapixels =
      counter("flux_service_megapixels_total", "Megapixels made, where the model tells sizes.");
  auto& usd =
      counter("flux_service_estimated_usd_total", "Estimated cost in US dollars, from the catalogue.");
  for (const std::string& model : models) {
    const prometheus::Labels labels{{"model", model}};
    series_->models[model] = {&images.Add(labels), &flagged.Add(labels), &megapixels.Add(labels),
                              &usd.Add(labels)};
  }
  auto& duration = prometheus::BuildHistogram()
                       .Name("flux_service_request_duration_seconds")
                       .Help("Time from the arrival of a generation RPC to its reply.")
                       .Register(registry);
  for (const char* rpc : kRpcs) series_->duration[rpc] = &duration.Add({{"rpc", rpc}}, ImageSecondsBuckets());
  series_->overhead = &prometheus::BuildHistogram()
                           .Name("flux_service_overhead_seconds")
                           .Help("Own part of a successful generation: total time less the wait for fal.")
                           .Register(registry)
                           .Add({}, OverheadSecondsBuckets());
  series_->in_flight = &prometheus::BuildGauge()
                            .Name("flux_service_requests_in_flight")
                            .Help("Generations that run now.")
                            .Register(registry)
                            .Add({});
}

Observer::~Observer() = default;

void Observer::Begin() {
  series_->in_flight->Increment();
}

void Observer::End(const Observation& seen) {
  series_->in_flight->Decrement();
  const auto model = series_->models.find(seen.model);
  const bool known = model != series_->models.end();
  const std::string_view reason = seen.result ? "OK" : RowOf(seen.result.error().reason).name;
  series_->requests
      ->Add({{"rpc", std::string(seen.rpc)},
             {"model", std::string(known ? seen.model : kUnknown)},
             {"reason", std::string(reason)}})
      .Increment();
  series_->duration.find(seen.rpc)->second->Observe(seen.total.count());
  const double ms = seen.total.count() * 1e3;
  if (!seen.result) {
    const Status& status = seen.result.error();
    if (log_ == nullptr) return;
    log_->Warn("generation",
               {{"request_id", seen.request_id},
                {"rpc", seen.rpc},
                {"model", known ? seen.model : kUnknown},
                {"reason", reason},
                {"billed", Name(status.billed)},
                {"fal_status", status.upstream ? status.upstream->http_status : 0},
                {"fal_request_id", status.upstream ? status.upstream->request_id : std::string()},
                {"duration_ms", ms}});
    return;
  }
  const v1::Generation& made = *seen.result;
  const double upstream = Seconds(made.timings().upstream());
  series_->overhead->Observe(seen.total.count() - upstream);
  double pixels = 0;
  int flagged = 0;
  for (const auto& image : made.images()) {
    pixels += static_cast<double>(image.width()) * image.height();
    flagged += image.nsfw() ? 1 : 0;
  }
  const double usd = static_cast<double>(made.price().micro_usd()) * kMicro;
  if (known) {
    model->second.images->Increment(made.images_size());
    model->second.flagged->Increment(flagged);
    model->second.megapixels->Increment(pixels * kMega);
    model->second.usd->Increment(usd);
  }
  if (log_ == nullptr) return;
  log_->Info("generation", {{"request_id", seen.request_id},
                            {"rpc", seen.rpc},
                            {"model", seen.model},
                            {"reason", reason},
                            {"images", made.images_size()},
                            {"flagged", flagged},
                            {"megapixels", pixels * kMega},
                            {"estimated_usd", usd},
                            {"fal_request_id", made.fal_request_id()},
                            {"upstream_ms", upstream * 1e3},
                            {"duration_ms", ms}});
}

}  // namespace flux::service
