// Counts, times, writes the receipt. No prompt, no picture, no key.
#include "service/receipts/receipts.h"

#include <google/protobuf/util/time_util.h>
#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <array>
#include <map>

#include "base/buckets.h"
#include "base/trace.h"

namespace flux::service {
namespace {

constexpr char kUnknown[] = "unknown";
constexpr std::array kKinds = {v1::MODEL_KIND_TEXT_TO_IMAGE, v1::MODEL_KIND_IMAGE_TO_IMAGE,
                               v1::MODEL_KIND_INPAINTING, v1::MODEL_KIND_EDIT, v1::MODEL_KIND_TRANSFORM};
constexpr double kMega = 1e-6;

// Divided, not multiplied by a millionth: the double nearest to the decimal number, which prints as that.
double Dollars(const v1::PriceEstimate& price) {
  return static_cast<double>(price.micro_usd()) / 1e6;
}

double Seconds(const google::protobuf::Duration& duration) {
  return static_cast<double>(google::protobuf::util::TimeUtil::DurationToNanoseconds(duration)) * 1e-9;
}

double Milliseconds(const google::protobuf::Duration& duration) {
  return Seconds(duration) * 1e3;
}

// Sums over the pictures of a generation.
struct Sums {
  explicit Sums(const v1::Generation& made) {
    for (const auto& image : made.images()) {
      pixels += static_cast<double>(image.width()) * image.height();
      flagged += image.nsfw() ? 1 : 0;
    }
  }
  double pixels = 0;
  int flagged = 0;
};

void WriteFailure(Log& log, const Observation& seen, const Status& status, double ms) {
  log.Receipt(LogLevel::kWarn, "generation",
              {{"request_id", seen.request_id},
               {"trace_id", seen.trace_id},
               {"caller", seen.caller},
               {"rpc", seen.rpc},
               {"model", seen.model},
               {"prompt_hash", seen.prompt_hash},
               {"reason", RowOf(status.reason).name},
               {"billed", Name(status.billed)},
               {"fal_status", status.upstream ? status.upstream->http_status : 0},
               {"fal_request_id", status.upstream ? status.upstream->request_id : std::string()},
               {"duration_ms", ms}});
}

// The receipt.
void WriteSuccess(Log& log, const Observation& seen, const v1::Generation& made, double ms) {
  const Sums sums(made);
  const auto& first = made.images(0);
  log.Receipt(LogLevel::kInfo, "generation",
              {{"request_id", seen.request_id},
               {"trace_id", seen.trace_id},
               {"caller", seen.caller},
               {"rpc", seen.rpc},
               {"model", seen.model},
               {"prompt_hash", seen.prompt_hash},
               {"reason", "OK"},
               {"billed", Name(made.replayed() ? Billed::kNo : Billed::kYes)},
               {"replayed", made.replayed()},
               {"job", made.job_id()},
               {"seed", made.seed()},
               {"images", made.images_size()},
               {"flagged", sums.flagged},
               {"width", first.width()},
               {"height", first.height()},
               {"megapixels", sums.pixels * kMega},
               {"attempts", made.attempts()},
               {"billed_units", made.price().units()},
               {"estimated_usd", made.replayed() ? 0.0 : Dollars(made.price())},
               {"fal_request_id", made.fal_request_id()},
               {"queued_ms", Milliseconds(made.timings().queued())},
               {"upstream_ms", Milliseconds(made.timings().upstream())},
               {"inference_ms", Milliseconds(made.timings().inference())},
               {"duration_ms", ms}});
}

}  // namespace

struct Receipts::Series {
  struct Model {
    prometheus::Counter* ok;
    prometheus::Counter* images;
    prometheus::Counter* flagged;
    prometheus::Counter* megapixels;
    prometheus::Counter* usd;
  };

  // Successes are resolved at start. Counters by other reasons are made when one first happens: 35 reasons by
  // 50 models would be 1,700 series of which a site sees a dozen. All labels are closed lists, so the set
  // stays bounded.
  prometheus::Family<prometheus::Counter>* requests;
  std::map<std::string, Model, std::less<>> models;
  std::map<std::string, prometheus::Histogram*, std::less<>> duration;
  prometheus::Histogram* overhead;
  prometheus::Gauge* in_flight;
};

std::string_view RpcOf(v1::ModelKind kind) {
  switch (kind) {
    case v1::MODEL_KIND_TEXT_TO_IMAGE:
      return "TextToImage";
    case v1::MODEL_KIND_IMAGE_TO_IMAGE:
      return "ImageToImage";
    case v1::MODEL_KIND_INPAINTING:
      return "Inpaint";
    case v1::MODEL_KIND_EDIT:
      return "EditImage";
    case v1::MODEL_KIND_TRANSFORM:
      return "Transform";
    default:
      return kUnknown;
  }
}

Receipts::Receipts(prometheus::Registry& registry, Log* receipts, const Catalogue& catalogue,
                   const PromptHash& hash)
    : hash_(hash), series_(std::make_unique<Series>()), receipts_(receipts) {
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
  for (const ModelRow& row : catalogue.rows()) {
    const prometheus::Labels labels{{"model", row.name}};
    prometheus::Labels outcome{{"rpc", std::string(RpcOf(row.kind))}, {"model", row.name}, {"reason", "OK"}};
    series_->models[row.name] = {&series_->requests->Add(outcome), &images.Add(labels), &flagged.Add(labels),
                                 &megapixels.Add(labels), &usd.Add(labels)};
  }
  auto& duration = prometheus::BuildHistogram()
                       .Name("flux_service_request_duration_seconds")
                       .Help("Time from the arrival of a generation RPC to its reply.")
                       .Register(registry);
  for (const v1::ModelKind kind : kKinds) {
    const std::string rpc(RpcOf(kind));
    series_->duration[rpc] = &duration.Add({{"rpc", rpc}}, ImageSecondsBuckets());
  }
  series_->overhead =
      &prometheus::BuildHistogram()
           .Name("flux_service_overhead_seconds")
           .Help("Own part of a successful generation: total time less the waits for a slot and for fal.")
           .Register(registry)
           .Add({}, OverheadSecondsBuckets());
  series_->in_flight = &prometheus::BuildGauge()
                            .Name("flux_service_requests_in_flight")
                            .Help("Generations that run now.")
                            .Register(registry)
                            .Add({});
}

Receipts::~Receipts() = default;

Observation Receipts::Begin(const Order& order, const PurchaseContext& context) {
  series_->in_flight->Increment();
  Observation seen;
  seen.rpc = RpcOf(order.kind);
  const auto model = series_->models.find(order.model);
  seen.model = model == series_->models.end() ? std::string_view(kUnknown) : model->first;
  seen.request_id = context.request_id;
  seen.arrived = context.arrived;
  if (receipts_ == nullptr) return seen;
  seen.trace_id = TraceId(context.traceparent);
  seen.caller = context.caller;
  seen.prompt_hash = hash_.Of(order.prompt.value_or(std::string_view()));
  return seen;
}

void Receipts::Forget() {
  series_->in_flight->Decrement();
}

void Receipts::End(const Observation& seen, const Result<v1::Generation>& result, SteadyTime now) {
  series_->in_flight->Decrement();
  const SteadyTime::duration total = now - seen.arrived;
  series_->duration.find(seen.rpc)->second->Observe(std::chrono::duration<double>(total).count());
  const double ms = std::chrono::duration<double, std::milli>(total).count();
  if (result) {
    Count(seen, *result, total);
    if (receipts_ != nullptr) WriteSuccess(*receipts_, seen, *result, ms);
    return;
  }
  const std::string_view reason = RowOf(result.error().reason).name;
  series_->requests
      ->Add({{"rpc", std::string(seen.rpc)},
             {"model", std::string(seen.model)},
             {"reason", std::string(reason)}})
      .Increment();
  if (receipts_ != nullptr) WriteFailure(*receipts_, seen, result.error(), ms);
}

void Receipts::Count(const Observation& seen, const v1::Generation& made, SteadyTime::duration total) {
  const double elsewhere = Seconds(made.timings().upstream()) + Seconds(made.timings().queued());
  series_->overhead->Observe(std::chrono::duration<double>(total).count() - elsewhere);
  const auto found = series_->models.find(seen.model);
  if (found == series_->models.end()) return;
  const Series::Model& model = found->second;
  const Sums sums(made);
  model.ok->Increment();
  if (made.replayed()) return;  // counted when it was bought
  model.images->Increment(made.images_size());
  model.flagged->Increment(sums.flagged);
  model.megapixels->Increment(sums.pixels * kMega);
  model.usd->Increment(Dollars(made.price()));
}

}  // namespace flux::service
