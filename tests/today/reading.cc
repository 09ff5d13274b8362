// The gateway's guard and doors with the service's plan where the wire would be.
#include "tests/today/reading.h"

#include <prometheus/registry.h>

#include <utility>
#include <variant>

#include "gateway/doors/public_doors.h"
#include "gateway/guard/guard.h"
#include "service/purchase/plan.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/handled.h"

namespace flux::today {
namespace {

using namespace gateway;  // NOLINT: it is the gateway's request that is answered
using Json = nlohmann::json;

Json SizeOf(const Json& size) {
  if (size == "square_hd") return {{"width", 1024}, {"height", 1024}};
  if (size == "square") return {{"width", 512}, {"height", 512}};
  if (size == "portrait_4_3") return {{"width", 768}, {"height", 1024}};
  if (size == "portrait_16_9") return {{"width", 576}, {"height", 1024}};
  if (size == "landscape_4_3") return {{"width", 1024}, {"height", 768}};
  if (size == "landscape_16_9") return {{"width", 1024}, {"height", 576}};
  return size;
}

// fal's JSON with fal's defaults; what has no place of its own stands there by its name.
Meaning MeaningOf(const service::Plan& plan) {
  Json sent = Json::parse(*plan.purchases.front().body);
  Meaning meaning = {{"app", plan.endpoint}};
  const auto take = [&](const char* ours, const char* fals, Json fallback) {
    const auto found = sent.find(fals);
    meaning[ours] = found == sent.end() ? std::move(fallback) : *found;
    sent.erase(fals);
  };
  const bool schnell = plan.model == "text-to-image/schnell";
  const bool pro = plan.model == "text-to-image/pro";
  take("prompt", "prompt", Json());
  take("size", "image_size", "landscape_4_3");
  meaning["size"] = SizeOf(meaning["size"]);
  take("steps", "num_inference_steps", schnell ? 4 : 28);
  take("guidance", "guidance_scale", 3.5);
  take("num_images", "num_images", 1);
  take("seed", "seed", Json());
  take("output_format", "output_format", "jpeg");
  take("sync_mode", "sync_mode", false);
  if (pro) {
    take("tolerance", "safety_tolerance", "2");
  } else {
    take("checker", "enable_safety_checker", true);
    take("acceleration", "acceleration", "none");
  }
  meaning.update(sent);
  if (plan.purchases.size() != 1) meaning["purchases"] = plan.purchases.size();
  if (plan.fetch_images) meaning["fetch_images"] = true;
  return meaning;
}

class NoJob final : public JobWatch {
 public:
  asio::awaitable<Result<std::optional<v1::WatchJobResponse>>> Next() override {
    co_return Status(Reason::kUnknownJob);
  }
};

}  // namespace

// Plans instead of buying.
class Planner final : public FluxBackend {
 public:
  asio::awaitable<Result<v1::Generation>> Generate(GenerationRequest& request, const CallContext&) override {
    const Result<service::Plan> plan = std::visit(
        [this](const auto& typed) { return service::MakePlan(catalogue_, service::ToOrder(typed)); },
        request);
    if (!plan) co_return plan.error();
    meaning = MeaningOf(*plan);
    v1::Generation made;
    made.add_images()->set_url("https://example.com/a.png");
    for (const std::string& sentence : plan->warnings) made.add_warnings(sentence);
    co_return made;
  }
  asio::awaitable<Result<v1::ListModelsResponse>> ListModels(const CallContext&) override {
    co_return v1::ListModelsResponse();
  }
  asio::awaitable<Result<v1::CreateJobResponse>> CreateJob(GenerationRequest&, const std::string&,
                                                           const CallContext&) override {
    co_return Status(Reason::kStoreUnavailable);
  }
  asio::awaitable<Result<v1::EstimateCostResponse>> EstimateCost(GenerationRequest&,
                                                                 const CallContext&) override {
    co_return v1::EstimateCostResponse();
  }
  asio::awaitable<Result<v1::CancelJobResponse>> CancelJob(const std::string&, const CallContext&) override {
    co_return Status(Reason::kUnknownJob);
  }
  asio::awaitable<Result<v1::Job>> GetJob(const std::string&, const CallContext&) override {
    co_return Status(Reason::kUnknownJob);
  }
  std::unique_ptr<JobWatch> WatchJob(const std::string&, std::uint32_t, const CallContext&) override {
    return std::make_unique<NoJob>();
  }
  asio::awaitable<Result<v1::ListJobsResponse>> ListJobs(const v1::ListJobsRequest&,
                                                         const CallContext&) override {
    co_return v1::ListJobsResponse();
  }
  asio::awaitable<Result<v1::Job>> RedeliverWebhook(const std::string&, const CallContext&) override {
    co_return Status(Reason::kUnknownJob);
  }
  asio::awaitable<Result<v1::AcceptFalWebhookResponse>> AcceptFalWebhook(v1::AcceptFalWebhookRequest&,
                                                                         const CallContext&) override {
    co_return v1::AcceptFalWebhookResponse();
  }
  asio::awaitable<Result<v1::GetUsageResponse>> GetUsage(std::uint32_t, const CallContext&) override {
    co_return v1::GetUsageResponse();
  }
  bool Ready() override { return true; }

  Meaning meaning;

 private:
  const service::Catalogue catalogue_ = service::Catalogue::BuiltIn();
};

struct Reading::Programs {
  Programs() = default;
  ~Programs() { loop.Stop(); }

  EventLoop loop{"test"};
  fakes::FakeClock clock;
  Planner planner;
  prometheus::Registry registry;
  Log log{LogLevel::kError};
  const AliasFile aliases{"", log};
  const PublicDoors doors{planner, clock, aliases, {.max_body = 1 << 20}};
  GatewayMetrics metrics{registry, doors.routes().Patterns()};
  AdmissionMetrics admission_metrics{registry};
  KeyRing no_keys{"", false, admission_metrics, log};
  Admission admission{{.rate_limit_per_minute = 0}, no_keys, nullptr, admission_metrics, clock, 0};
  Guard guard{{}, doors.routes(), admission, metrics, nullptr, clock};
};

Reading::Reading() : programs_(std::make_unique<Programs>()) {}
Reading::~Reading() = default;

Answer Reading::Read(const Sent& sent) {
  Request request;
  request.method = "POST";
  request.path = "/api/v1/flux/" + sent.model;
  request.target = request.path + (sent.query.empty() ? "" : "?" + sent.query);
  request.headers = {{"Host", "api.example"}, {"Content-Type", sent.type}};
  if (!sent.coding.empty()) request.headers.emplace_back("Content-Encoding", sent.coding);
  request.body = sent.body;
  request.arrived = programs_->clock.Now();
  programs_->planner.meaning = Meaning();
  Reply reply = fakes::Handled(programs_->loop, programs_->guard, std::move(request));
  return {.status = reply.status, .body = std::move(reply.body), .meaning = programs_->planner.meaning};
}

}  // namespace flux::today
