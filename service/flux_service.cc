// Adapts each RPC; refuses to know money, fal or JSON.
#include "service/flux_service.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/request_id.h"
#include "flux/v1/flux_service.grpc.pb.h"
#include "service/model/model_proto.h"
#include "service/rpc.h"
#include "service/rpc_status.h"

namespace flux::service {
namespace {

grpc::Status ToGrpc(const Status& status) {
  return {static_cast<grpc::StatusCode>(RowOf(status.reason).grpc_code), status.message,
          SerializeDetails(status)};
}

// The caller's own id where it is harmless, else a new one.
std::string RequestId(const grpc::CallbackServerContext& context) {
  const auto& metadata = context.client_metadata();
  const auto found = metadata.find("x-request-id");
  if (found == metadata.end()) return NewRequestId();
  std::string id(found->second.data(), found->second.size());
  return IsValidRequestId(id) ? id : NewRequestId();
}

class FluxService final : public v1::FluxService::CallbackService {
 public:
  explicit FluxService(ServiceParts parts) : parts_(parts) {}

  grpc::ServerUnaryReactor* TextToImage(grpc::CallbackServerContext* context,
                                        const v1::TextToImageRequest* request,
                                        v1::TextToImageResponse* response) override {
    return Generate("TextToImage", context, request, response);
  }

  grpc::ServerUnaryReactor* ImageToImage(grpc::CallbackServerContext* context,
                                         const v1::ImageToImageRequest* request,
                                         v1::ImageToImageResponse* response) override {
    return Generate("ImageToImage", context, request, response);
  }

  grpc::ServerUnaryReactor* Inpaint(grpc::CallbackServerContext* context, const v1::InpaintRequest* request,
                                    v1::InpaintResponse* response) override {
    return Generate("Inpaint", context, request, response);
  }

  grpc::ServerUnaryReactor* ListModels(grpc::CallbackServerContext* context, const v1::ListModelsRequest*,
                                       v1::ListModelsResponse* response) override {
    for (const ModelRow& row : parts_.catalogue.rows()) *response->add_models() = ToProto(row);
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

 private:
  template <typename Request, typename Response>
  grpc::ServerUnaryReactor* Generate(std::string_view rpc, grpc::CallbackServerContext* context,
                                     const Request* request, Response* response) {
    const SteadyTime arrived = parts_.clock.Now();
    PurchaseContext purchase{RequestId(*context), arrived, Deadline(*context, arrived)};
    context->AddInitialMetadata("x-request-id", purchase.request_id);
    return UnaryCall::Start(
        parts_.loop, [this, rpc, request, response, purchase = std::move(purchase)]() mutable {
          return Purchase(rpc, ToOrder(*request), std::move(purchase), response->mutable_generation());
        });
  }

  asio::awaitable<grpc::Status> Purchase(std::string_view rpc, Order order, PurchaseContext context,
                                         v1::Generation* generation) {
    const std::string request_id = context.request_id;
    const SteadyTime arrived = context.arrived;
    parts_.observer.Begin();
    Result<v1::Generation> result = co_await parts_.purchaser.Buy(order, std::move(context));
    parts_.observer.End({rpc, order.model, request_id, result, parts_.clock.Now() - arrived});
    if (!result) co_return ToGrpc(result.error());
    generation->Swap(&*result);
    co_return grpc::Status::OK;
  }

  // gRPC tells deadlines in wall time; a caller without one gets our own limit.
  SteadyTime Deadline(const grpc::CallbackServerContext& context, SteadyTime now) const {
    const auto left = std::min<std::chrono::nanoseconds>(
        context.deadline() - std::chrono::system_clock::now(), parts_.request_timeout);
    return now + left;
  }

  ServiceParts parts_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeFluxService(ServiceParts parts) {
  return std::make_unique<FluxService>(parts);
}

}  // namespace flux::service
