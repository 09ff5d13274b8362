// Adapts each RPC: request to order, purchase to reply. It knows nothing of money, fal or JSON.
#include "service/rpc/flux_service.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/base64.h"
#include "base/request_id.h"
#include "base/trace.h"
#include "flux/v1/flux_service.pb.h"
#include "service/jobs/job_desk.h"
#include "service/purchase/kept.h"
#include "service/rpc/job_methods.h"
#include "service/rpc/model_proto.h"
#include "service/rpc/refusals.h"

namespace flux::service {
namespace {

// The caller's own id where it is harmless, else a new one.
std::string RequestId(const IncomingCall& call) {
  const std::string_view id = call.Metadata("x-request-id");
  return IsValidRequestId(id) ? std::string(id) : NewRequestId();
}

std::string Traceparent(const IncomingCall& call) {
  const std::string_view parent = call.Metadata("traceparent");
  return IsTraceparent(parent) ? std::string(parent) : std::string();
}

// How large pictures are that come back as bytes: what four megapixels are at most, or what came lately,
// where that was more. It is learned, since no field tells it before it is there. Thread-safe.
class PictureSizes {
 public:
  // Of one picture, with fal's JSON that it comes in.
  std::uint64_t Expected() const { return expected_ + Base64Size(expected_); }

  // A reply with so many bytes in so many pictures. What was large once is forgotten over some tens of
  // replies.
  void Learn(std::uint64_t bytes, int pictures) {
    if (pictures == 0) return;
    const std::uint64_t one = bytes / static_cast<std::uint64_t>(pictures);
    const std::uint64_t before = expected_;
    expected_ = std::max({one, before - before / 16, kUsual});
  }

 private:
  // Four megapixels of noise as PNG, a little more than their 12 MiB.
  static constexpr std::uint64_t kUsual = 13ULL << 20;

  std::atomic<std::uint64_t> expected_{kUsual};
};

Status NoGeneration() {
  return InvalidFields(
      {{"request", "is required: one of text_to_image, image_to_image, inpaint, edit_image, transform"}});
}

constexpr std::uint32_t kMostDays = 366;  // of GetUsage
constexpr std::uint32_t kUsualDays = 31;

// Whether the pictures come back as bytes.
bool HasPicturesInline(const v1::GenerationParameters& parameters) {
  return parameters.sync_mode() || parameters.fetch_images();
}

// What a call will hold beside its message: fal's JSON with the same pictures as base64; and, where the
// pictures come back as bytes, room for those. What does come may be more, and is then counted, never
// refused.
template <typename Request>
std::uint64_t BytesOf(const Request& request, const PictureSizes& sizes) {
  const v1::GenerationParameters& parameters = request.parameters();
  const std::uint64_t pictures = std::clamp<std::uint64_t>(parameters.num_images(), 1, 10);
  return Base64Size(request.ByteSizeLong()) +
         (HasPicturesInline(parameters) ? sizes.Expected() * pictures : 0);
}

// Whether a generation may be bought for this call; what it will hold is counted from here on.
template <typename Request>
std::optional<Status> CheckPurchase(IncomingCall& call, const Request& request, const PictureSizes& sizes) {
  if (call.Left().value_or(kShortestPurchase) < kShortestPurchase) {
    return Status(Reason::kDeadlineExceeded,
                  "the call's deadline leaves less than a second, in which no picture is made; nothing was "
                  "sent");
  }
  if (!call.Reserve(BytesOf(request, sizes))) return NoBytesLeft();
  return std::nullopt;
}

// When the purchase's caller stops waiting; one without a deadline gets our own limit, which is longer for a
// model that is slow.
SteadyTime Deadline(const ServiceParts& parts, const IncomingCall& call, const Order& order) {
  const ModelRow* row = parts.catalogue.Find(order.model, order.kind);
  const std::chrono::nanoseconds limit =
      row == nullptr ? std::chrono::nanoseconds(parts.request_timeout)
                     : std::max<std::chrono::nanoseconds>(parts.request_timeout, row->longest);
  return parts.clock.Now() + std::min(call.Left().value_or(limit), limit);
}

// The reply of a purchase, as bytes.
template <typename Response>
asio::awaitable<Result<grpc::ByteBuffer>> Deliver(const ServiceParts& parts,
                                                  asio::awaitable<Result<v1::Generation>> bought,
                                                  Observation seen, std::shared_ptr<PictureSizes> sizes) {
  Result<v1::Generation> result = Status(Reason::kInternal);  // what an exception leaves: maybe billed
  try {
    result = co_await std::move(bought);
  } catch (...) {
  }
  parts.receipts.End(seen, result, parts.clock.Now());
  if (!result) co_return std::move(result).error();
  Response response;
  response.mutable_generation()->Swap(&*result);
  Result<grpc::ByteBuffer> bytes = Serialize(response);
  if (sizes && bytes) sizes->Learn(bytes->Length(), response.generation().images_size());
  co_return bytes;
}

template <typename Request, typename Response>
void AddPurchase(Methods& methods, const std::string& name, const ServiceParts& parts,
                 const std::shared_ptr<PictureSizes>& sizes) {
  const auto check = [sizes](IncomingCall& call, const Request& request) {
    return CheckPurchase(call, request, *sizes);
  };
  const auto handler = [parts, sizes](IncomingCall& call, std::unique_ptr<Request> request) {
    const Order order = ToOrder(*request);
    PurchaseContext purchase{.request_id = RequestId(call),
                             .arrived = call.arrived(),
                             .deadline = Deadline(parts, call, order),
                             .caller = call.caller(),
                             .traceparent = Traceparent(call),
                             .key = request->parameters().idempotency_key(),
                             .finish = request->parameters().on_disconnect() == v1::ON_DISCONNECT_FINISH,
                             .cancel = request->parameters().on_disconnect() == v1::ON_DISCONNECT_CANCEL,
                             .resent = !call.Metadata("x-flux-retry").empty()};
    call.AddInitialMetadata("x-request-id", purchase.request_id);
    auto bought = parts.purchaser.Buy(order, purchase);
    Observation seen = parts.receipts.Begin(order, purchase);
    const bool pictures = HasPicturesInline(request->parameters());
    request.reset();  // the wait is long
    return Deliver<Response>(parts, std::move(bought), std::move(seen), pictures ? sizes : nullptr);
  };
  methods.Add(name, std::make_unique<AwaitedMethod<Request>>(parts.loop, check, handler));
}

// The message of one RPC, as its bytes.
template <typename Message>
asio::awaitable<Result<grpc::ByteBuffer>> Told(asio::awaitable<Result<Message>> asked) {
  const Result<Message> message = co_await std::move(asked);
  if (!message) co_return message.error();
  co_return Serialize(*message);
}

asio::awaitable<Result<grpc::ByteBuffer>> Refused(Status status) {
  co_return status;
}

// The job of a request, whose receipt is written when it has ended.
asio::awaitable<Result<grpc::ByteBuffer>> TellBegun(const ServiceParts& parts,
                                                    asio::awaitable<Result<v1::CreateJobResponse>> begun,
                                                    std::shared_ptr<Observation> seen) {
  const Result<v1::CreateJobResponse> response = co_await std::move(begun);
  if (!response) {
    parts.receipts.End(*seen, response.error(), parts.clock.Now());
    co_return response.error();
  }
  if (response->replayed()) parts.receipts.Forget();
  co_return Serialize(*response);
}

template <typename Request>
asio::awaitable<Result<grpc::ByteBuffer>> BeginJob(const ServiceParts& parts, IncomingCall& call,
                                                   const Request& request, const std::string& webhook_url) {
  auto room = parts.budget.Take(Base64Size(request.ByteSizeLong()));
  if (!room) return Refused(NoBytesLeft());
  PurchaseContext purchase{.request_id = RequestId(call),
                           .arrived = call.arrived(),
                           .deadline = SteadyTime::max(),
                           .caller = call.caller(),
                           .traceparent = Traceparent(call),
                           .key = request.parameters().idempotency_key(),
                           .finish = true,
                           .resent = !call.Metadata("x-flux-retry").empty(),
                           .room = std::make_shared<ByteBudget::Lease>(*std::move(room))};
  call.AddInitialMetadata("x-request-id", purchase.request_id);
  if (!webhook_url.empty()) {
    if (parts.desk == nullptr)
      return Refused(Status(Reason::kStoreUnavailable, "there is no store for jobs"));
    if (std::optional<Status> wrong = parts.desk->AddWebhook(webhook_url, purchase)) {
      return Refused(*std::move(wrong));
    }
  }
  const Order order = ToOrder(request);
  const auto seen = std::make_shared<Observation>(parts.receipts.Begin(order, purchase));
  JobEnded ended = [&receipts = parts.receipts, &clock = parts.clock,
                    seen](const Result<v1::Generation>& result) { receipts.End(*seen, result, clock.Now()); };
  return TellBegun(parts, parts.purchaser.CreateJob(order, std::move(purchase), std::move(ended)), seen);
}

asio::awaitable<Result<grpc::ByteBuffer>> BeginAnyJob(const ServiceParts& parts, IncomingCall& call,
                                                      const v1::CreateJobRequest& request) {
  switch (request.request_case()) {
    case v1::CreateJobRequest::kTextToImage:
      return BeginJob(parts, call, request.text_to_image(), request.webhook_url());
    case v1::CreateJobRequest::kImageToImage:
      return BeginJob(parts, call, request.image_to_image(), request.webhook_url());
    case v1::CreateJobRequest::kInpaint:
      return BeginJob(parts, call, request.inpaint(), request.webhook_url());
    case v1::CreateJobRequest::kEditImage:
      return BeginJob(parts, call, request.edit_image(), request.webhook_url());
    case v1::CreateJobRequest::kTransform:
      return BeginJob(parts, call, request.transform(), request.webhook_url());
    case v1::CreateJobRequest::REQUEST_NOT_SET:
      break;
  }
  return Refused(NoGeneration());
}

void AddJobs(Methods& methods, const std::string& service, const ServiceParts& parts) {
  const auto any = [](IncomingCall&, const auto&) { return std::optional<Status>(); };
  methods.Add(
      service + "CreateJob",
      std::make_unique<AwaitedMethod<v1::CreateJobRequest>>(
          parts.loop, any, [parts](IncomingCall& call, std::unique_ptr<v1::CreateJobRequest> request) {
            return BeginAnyJob(parts, call, *request);
          }));
  methods.Add(
      service + "CancelJob",
      std::make_unique<AwaitedMethod<v1::CancelJobRequest>>(
          parts.loop, any, [parts](IncomingCall& call, std::unique_ptr<v1::CancelJobRequest> request) {
            if (parts.kept == nullptr) return Refused(Status(Reason::kUnknownJob));
            return Told(parts.kept->Cancel(request->id(), call.caller()));
          }));
}

asio::awaitable<Result<grpc::ByteBuffer>> TellJob(KeptPurchases* kept, std::string id, std::string caller) {
  if (kept == nullptr) co_return Status(Reason::kUnknownJob);
  Result<v1::Job> job = co_await kept->Find(std::move(id), std::move(caller));
  if (!job) co_return std::move(job).error();
  v1::GetJobResponse response;
  response.mutable_job()->Swap(&*job);
  co_return Serialize(response);
}

asio::awaitable<Result<grpc::ByteBuffer>> TellUsage(KeptPurchases* kept, std::string caller,
                                                    std::uint32_t days, bool everybodys_bill) {
  if (kept == nullptr) co_return Serialize(v1::GetUsageResponse());
  const Result<v1::GetUsageResponse> usage = co_await kept->Usage(std::move(caller), days, everybodys_bill);
  if (!usage) co_return usage.error();
  co_return Serialize(*usage);
}

// What has become of purchases, and what they have cost.
void AddRecords(Methods& methods, const std::string& service, const ServiceParts& parts) {
  const auto any_job = [](IncomingCall&, const v1::GetJobRequest&) { return std::optional<Status>(); };
  methods.Add(
      service + "GetJob",
      std::make_unique<AwaitedMethod<v1::GetJobRequest>>(
          parts.loop, any_job, [parts](IncomingCall& call, std::unique_ptr<v1::GetJobRequest> request) {
            return TellJob(parts.kept, request->id(), call.caller());
          }));
  const auto may_know = [](IncomingCall& call, const v1::GetUsageRequest& request) -> std::optional<Status> {
    if (request.days() > kMostDays) return InvalidFields({{"days", "must be between 1 and 366"}});
    if (!request.everybodys_bill() || call.trusted()) return std::nullopt;
    return Status(Reason::kUnauthenticated,
                  "everybodys_bill is for operators: it needs a token, a certificate, or this machine");
  };
  methods.Add(
      service + "GetUsage",
      std::make_unique<AwaitedMethod<v1::GetUsageRequest>>(
          parts.loop, may_know, [parts](IncomingCall& call, std::unique_ptr<v1::GetUsageRequest> request) {
            const std::uint32_t days = request->days() == 0 ? kUsualDays : request->days();
            return TellUsage(parts.kept, call.caller(), days, request->everybodys_bill());
          }));
}

Result<v1::EstimateCostResponse> Estimate(const Purchaser& purchaser,
                                          const v1::EstimateCostRequest& request) {
  switch (request.request_case()) {
    case v1::EstimateCostRequest::kTextToImage:
      return purchaser.Estimate(ToOrder(request.text_to_image()));
    case v1::EstimateCostRequest::kImageToImage:
      return purchaser.Estimate(ToOrder(request.image_to_image()));
    case v1::EstimateCostRequest::kInpaint:
      return purchaser.Estimate(ToOrder(request.inpaint()));
    case v1::EstimateCostRequest::kEditImage:
      return purchaser.Estimate(ToOrder(request.edit_image()));
    case v1::EstimateCostRequest::kTransform:
      return purchaser.Estimate(ToOrder(request.transform()));
    case v1::EstimateCostRequest::REQUEST_NOT_SET:
      break;
  }
  return NoGeneration();
}

Result<grpc::ByteBuffer> ModelList(const Catalogue& catalogue, const Prices* prices, bool simulated) {
  v1::ListModelsResponse response;
  for (const ModelRow& row : catalogue.rows()) *response.add_models() = ToProto(row, prices);
  response.set_simulated(simulated);
  return Serialize(response);
}

// One copy of either list serves all callers, also those who do not read it, until a price changes. Lives on
// the event loop.
class ModelLists {
 public:
  ModelLists(const Catalogue& catalogue, const Prices* prices) : catalogue_(catalogue), prices_(prices) {
    Write();
  }

  const Result<grpc::ByteBuffer>& Now(bool simulated) {
    if (prices_ != nullptr && prices_->version() != version_) Write();
    return simulated ? simulator_ : fal_;
  }

 private:
  void Write() {
    if (prices_ != nullptr) version_ = prices_->version();
    fal_ = ModelList(catalogue_, prices_, false);
    simulator_ = ModelList(catalogue_, prices_, true);
  }

  const Catalogue& catalogue_;
  const Prices* const prices_;
  std::uint64_t version_ = 0;
  Result<grpc::ByteBuffer> fal_ = Status(Reason::kInternal);
  Result<grpc::ByteBuffer> simulator_ = Status(Reason::kInternal);
};

asio::awaitable<Result<grpc::ByteBuffer>> TellModels(std::shared_ptr<ModelLists> lists,
                                                     fal::SimulatorCheck* check) {
  const bool simulated = check != nullptr && co_await check->IsSimulator();
  co_return lists->Now(simulated);
}

}  // namespace

void AddFluxService(Methods& methods, const ServiceParts& parts) {
  const std::string service = "/flux.v1.FluxService/";
  const auto sizes = std::make_shared<PictureSizes>();
  AddPurchase<v1::TextToImageRequest, v1::TextToImageResponse>(methods, service + "TextToImage", parts,
                                                               sizes);
  AddPurchase<v1::ImageToImageRequest, v1::ImageToImageResponse>(methods, service + "ImageToImage", parts,
                                                                 sizes);
  AddPurchase<v1::InpaintRequest, v1::InpaintResponse>(methods, service + "Inpaint", parts, sizes);
  AddPurchase<v1::EditImageRequest, v1::EditImageResponse>(methods, service + "EditImage", parts, sizes);
  AddPurchase<v1::TransformRequest, v1::TransformResponse>(methods, service + "Transform", parts, sizes);
  AddJobs(methods, service, parts);
  AddJobMethods(methods, service, parts);
  AddRecords(methods, service, parts);
  const auto any = [](IncomingCall&, const v1::ListModelsRequest&) { return std::optional<Status>(); };
  methods.Add(
      service + "ListModels",
      std::make_unique<AwaitedMethod<v1::ListModelsRequest>>(
          parts.loop, any,
          [check = parts.simulator, lists = std::make_shared<ModelLists>(parts.catalogue, parts.prices)](
              IncomingCall&, std::unique_ptr<v1::ListModelsRequest>) { return TellModels(lists, check); }));
  methods.Add(service + "EstimateCost",
              std::make_unique<PromptMethod<v1::EstimateCostRequest>>(
                  [parts](const v1::EstimateCostRequest& request) -> Result<grpc::ByteBuffer> {
                    Result<v1::EstimateCostResponse> estimate = Estimate(parts.purchaser, request);
                    if (!estimate) return std::move(estimate).error();
                    return Serialize(*estimate);
                  }));
}

}  // namespace flux::service
