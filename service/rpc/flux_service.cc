// Adapts each RPC; refuses to know money, fal or JSON.
#include "service/rpc/flux_service.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/base64.h"
#include "base/request_id.h"
#include "base/trace.h"
#include "flux/v1/flux_service.grpc.pb.h"
#include "service/rpc/model_proto.h"
#include "service/rpc/rpc_status.h"
#include "service/rpc/unary_call.h"

namespace flux::service {
namespace {

grpc::Status ToGrpc(const Status& status) {
  return {static_cast<grpc::StatusCode>(RowOf(status.reason).grpc_code), status.message,
          SerializeDetails(status)};
}

// One value of the call's metadata; empty where there is none.
std::string_view Metadata(const grpc::CallbackServerContext& context, std::string_view name) {
  const auto& metadata = context.client_metadata();
  const auto found = metadata.find(grpc::string_ref(name.data(), name.size()));
  return found == metadata.end() ? std::string_view()
                                 : std::string_view(found->second.data(), found->second.size());
}

// The caller's own id where it is harmless, else a new one.
std::string RequestId(const grpc::CallbackServerContext& context) {
  const std::string_view id = Metadata(context, "x-request-id");
  return IsValidRequestId(id) ? std::string(id) : NewRequestId();
}

std::string Traceparent(const grpc::CallbackServerContext& context) {
  const std::string_view parent = Metadata(context, "traceparent");
  return IsTraceparent(parent) ? std::string(parent) : std::string();
}

grpc::ServerUnaryReactor* Finished(grpc::CallbackServerContext& context, const grpc::Status& status) {
  grpc::ServerUnaryReactor* reactor = context.DefaultReactor();
  reactor->Finish(status);
  return reactor;
}

// What a call may hold at a time: its message and fal's JSON with the same pictures as base64; and, where the
// pictures come back as bytes, room for those. What does come may be more, and is then counted, never
// refused.
template <typename Request>
std::uint64_t BytesOf(const Request& request) {
  constexpr std::uint64_t kPicture = 8ULL << 20;  // four megapixels as PNG
  const v1::GenerationParameters& parameters = request.parameters();
  const std::uint64_t message = request.ByteSizeLong();
  const bool inline_pictures = parameters.sync_mode() || parameters.fetch_images();
  const std::uint64_t pictures = std::clamp<std::uint64_t>(parameters.num_images(), 1, 4);
  return message + Base64Size(message) + (inline_pictures ? kPicture * pictures : 0);
}

Status TooManyBytes() {
  Status status(Reason::kServiceOverloaded,
                "flux-service holds as many bytes of pictures as it may; try again soon");
  status.retry_after = std::chrono::seconds(1);
  return status;
}

class FluxService final : public v1::FluxService::CallbackService {
 public:
  explicit FluxService(ServiceParts parts) : parts_(parts) {
    SetMessageAllocatorFor_TextToImage(&text_to_image_);
    SetMessageAllocatorFor_ImageToImage(&image_to_image_);
    SetMessageAllocatorFor_Inpaint(&inpaint_);
    SetMessageAllocatorFor_EditImage(&edit_image_);
  }

  grpc::ServerUnaryReactor* TextToImage(grpc::CallbackServerContext* context,
                                        const v1::TextToImageRequest* request,
                                        v1::TextToImageResponse* response) override {
    return Generate(*context, *request, *response);
  }

  grpc::ServerUnaryReactor* ImageToImage(grpc::CallbackServerContext* context,
                                         const v1::ImageToImageRequest* request,
                                         v1::ImageToImageResponse* response) override {
    return Generate(*context, *request, *response);
  }

  grpc::ServerUnaryReactor* Inpaint(grpc::CallbackServerContext* context, const v1::InpaintRequest* request,
                                    v1::InpaintResponse* response) override {
    return Generate(*context, *request, *response);
  }

  grpc::ServerUnaryReactor* EditImage(grpc::CallbackServerContext* context,
                                      const v1::EditImageRequest* request,
                                      v1::EditImageResponse* response) override {
    return Generate(*context, *request, *response);
  }

  grpc::ServerUnaryReactor* ListModels(grpc::CallbackServerContext* context, const v1::ListModelsRequest*,
                                       v1::ListModelsResponse* response) override {
    const Result<std::string> caller = Identify(*context);
    if (!caller) return Finished(*context, ToGrpc(caller.error()));
    for (const ModelRow& row : parts_.catalogue.rows()) *response->add_models() = ToProto(row);
    return Finished(*context, grpc::Status::OK);
  }

  grpc::ServerUnaryReactor* EstimateCost(grpc::CallbackServerContext* context,
                                         const v1::EstimateCostRequest* request,
                                         v1::EstimateCostResponse* response) override {
    const Result<std::string> caller = Identify(*context);
    if (!caller) return Finished(*context, ToGrpc(caller.error()));
    Result<v1::EstimateCostResponse> estimate = Estimate(*request);
    if (!estimate) return Finished(*context, ToGrpc(estimate.error()));
    response->Swap(&*estimate);
    return Finished(*context, grpc::Status::OK);
  }

 private:
  Result<std::string> Identify(const grpc::CallbackServerContext& context) const {
    CallerClaims claims;
    claims.authorization = Metadata(context, "authorization");
    claims.caller = Metadata(context, "x-flux-caller");
    claims.peer = context.peer();
    claims.certified = context.auth_context()->IsPeerAuthenticated();
    return parts_.callers.Identify(claims);
  }

  Result<v1::EstimateCostResponse> Estimate(const v1::EstimateCostRequest& request) const {
    switch (request.request_case()) {
      case v1::EstimateCostRequest::kTextToImage:
        return parts_.purchaser.Estimate(ToOrder(request.text_to_image()));
      case v1::EstimateCostRequest::kImageToImage:
        return parts_.purchaser.Estimate(ToOrder(request.image_to_image()));
      case v1::EstimateCostRequest::kInpaint:
        return parts_.purchaser.Estimate(ToOrder(request.inpaint()));
      case v1::EstimateCostRequest::kEditImage:
        return parts_.purchaser.Estimate(ToOrder(request.edit_image()));
      case v1::EstimateCostRequest::REQUEST_NOT_SET:
        break;
    }
    return InvalidFields(
        {{"request", "is required: one of text_to_image, image_to_image, inpaint, edit_image"}});
  }

  template <typename Request, typename Response>
  grpc::ServerUnaryReactor* Generate(grpc::CallbackServerContext& context, const Request& request,
                                     Response& response) {
    const SteadyTime arrived = parts_.clock.Now();
    Result<std::string> caller = Identify(context);
    if (!caller) return Finished(context, ToGrpc(caller.error()));
    std::optional<ByteBudget::Lease> bytes = parts_.budget.Take(BytesOf(request));
    if (!bytes) return Finished(context, ToGrpc(TooManyBytes()));
    PurchaseContext purchase{.request_id = RequestId(context),
                             .arrived = arrived,
                             .deadline = Deadline(context, arrived),
                             .caller = *std::move(caller),
                             .traceparent = Traceparent(context)};
    context.AddInitialMetadata("x-request-id", purchase.request_id);
    const auto lease = std::make_shared<ByteBudget::Lease>(*std::move(bytes));
    return UnaryCall::Start(
        parts_.loop, [this, &context, &request, &response, lease, purchase = std::move(purchase)] {
          const Order order = ToOrder(request);
          auto bought = parts_.purchaser.Buy(order, purchase);
          Observation seen = parts_.receipts.Begin(order, purchase);
          context.GetRpcAllocatorState()->FreeRequest();  // the wait is long
          return Deliver(std::move(bought), std::move(seen), lease, *response.mutable_generation());
        });
  }

  asio::awaitable<grpc::Status> Deliver(asio::awaitable<Result<v1::Generation>> bought, Observation seen,
                                        std::shared_ptr<ByteBudget::Lease> bytes,
                                        v1::Generation& generation) {
    Result<v1::Generation> result = Status(Reason::kInternal);  // what an exception leaves: maybe billed
    try {
      result = co_await std::move(bought);
    } catch (...) {
    }
    parts_.receipts.End(seen, result, parts_.clock.Now());
    if (!result) co_return ToGrpc(result.error());
    generation.Swap(&*result);
    bytes->Set(generation.ByteSizeLong());
    co_return grpc::Status::OK;
  }

  // gRPC tells deadlines in wall time; a caller without one gets our own limit.
  SteadyTime Deadline(const grpc::CallbackServerContext& context, SteadyTime now) const {
    const auto left = std::min<std::chrono::nanoseconds>(
        context.deadline() - std::chrono::system_clock::now(), parts_.request_timeout);
    return now + left;
  }

  ServiceParts parts_;
  Messages<v1::TextToImageRequest, v1::TextToImageResponse> text_to_image_;
  Messages<v1::ImageToImageRequest, v1::ImageToImageResponse> image_to_image_;
  Messages<v1::InpaintRequest, v1::InpaintResponse> inpaint_;
  Messages<v1::EditImageRequest, v1::EditImageResponse> edit_image_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeFluxService(ServiceParts parts) {
  return std::make_unique<FluxService>(parts);
}

}  // namespace flux::service
