// The asynchronous stub, awaited.
#include "gateway/grpc_backend.h"

#include <grpcpp/grpcpp.h>

#include <asio/post.hpp>
#include <asio/this_coro.hpp>
#include <atomic>
#include <climits>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/event.h"
#include "flux/v1/flux_service.grpc.pb.h"
#include "gateway/rpc_status.h"

namespace flux::gateway {
namespace {

// Round robin, because one connection pins one replica; health checks, because a draining service still
// accepts.
constexpr char kServiceConfig[] = R"({
  "loadBalancingConfig": [{"round_robin": {}}],
  "healthCheckConfig": {"serviceName": "flux.v1.FluxService"}
})";

std::shared_ptr<grpc::Channel> MakeChannel(const std::string& target, Bytes max_message) {
  grpc::ChannelArguments args;
  args.SetServiceConfigJSON(kServiceConfig);
  args.SetMaxReceiveMessageSize(static_cast<int>(max_message.count));
  args.SetMaxSendMessageSize(static_cast<int>(max_message.count));
  args.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  args.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2000);
  args.SetInt(GRPC_ARG_CLIENT_IDLE_TIMEOUT_MS, INT_MAX);  // an idle channel would look unready to /readyz
  args.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);          // whether to resend a purchase is never gRPC's decision
  args.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 30'000);  // notices a replica that vanished without a word
  args.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  return grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(), args);
}

// Everything gRPC touches until its callback; shared with it, since the awaiting coroutine may be gone by
// then.
template <typename Request, typename Response>
struct Call {
  Call(const asio::any_io_executor& loop, Request message)
      : executor(loop), done(loop), request(std::move(message)) {}

  asio::any_io_executor executor;
  Event done;
  grpc::ClientContext context;
  Request request;
  Response response;
  grpc::Status status;
};

// The response type and stub method of each request type.
template <typename Request>
struct Rpc;
template <>
struct Rpc<v1::TextToImageRequest> {
  using Response = v1::TextToImageResponse;
  static constexpr auto kStart = [](auto* stub, auto&&... args) { stub->TextToImage(args...); };
};
template <>
struct Rpc<v1::ImageToImageRequest> {
  using Response = v1::ImageToImageResponse;
  static constexpr auto kStart = [](auto* stub, auto&&... args) { stub->ImageToImage(args...); };
};
template <>
struct Rpc<v1::InpaintRequest> {
  using Response = v1::InpaintResponse;
  static constexpr auto kStart = [](auto* stub, auto&&... args) { stub->Inpaint(args...); };
};

template <typename Request>
asio::awaitable<Result<v1::Generation>> Await(v1::FluxService::Stub& stub, Request request,
                                              CallContext context) {
  using Running = Call<Request, typename Rpc<Request>::Response>;
  const auto call = std::make_shared<Running>(co_await asio::this_coro::executor, std::move(request));
  const auto left = context.deadline - std::chrono::steady_clock::now();
  call->context.set_deadline(std::chrono::system_clock::now() +
                             std::chrono::duration_cast<std::chrono::system_clock::duration>(left));
  call->context.AddMetadata("x-request-id", context.request_id);
  Rpc<Request>::kStart(stub.async(), &call->context, &call->request, &call->response,
                       std::function<void(grpc::Status)>([call](grpc::Status status) {
                         call->status = std::move(status);
                         asio::post(call->executor, [call] { call->done.Set(); });
                       }));
  // gRPC ends the call at its deadline by itself, so the wait for it needs none.
  if (co_await call->done.Wait(SteadyTime::max()) == Event::Outcome::kCancelled) {
    call->context.TryCancel();
    Status status(Reason::kCancelled);
    status.billed = Billed::kMaybe;  // how far it had come is known to the service, not here
    co_return status;
  }
  if (!call->status.ok()) {
    co_return FromRpc(call->status.error_code(), call->status.error_message(), call->status.error_details());
  }
  co_return std::move(*call->response.mutable_generation());
}

// Watches the channel's state, which also keeps it moving: without a call in flight, gRPC 1.51 looks at its
// sockets only every five seconds, so connecting, health checks and noticing a lost replica would each take
// as long. While the channel is ready the watcher looks ten times a second and sleeps between: a thread that
// always polls would take the events of running calls away from the threads that serve them.
class Watcher {
 public:
  explicit Watcher(grpc::Channel& channel) : channel_(channel), thread_([this] { Run(); }) {}
  ~Watcher() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    stop_.notify_one();
    thread_.join();
  }
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  bool ready() const { return ready_; }

 private:
  void Run() {
    constexpr auto kRest = std::chrono::milliseconds(100);
    grpc::CompletionQueue queue;
    for (bool stopping = false; !stopping;) {
      const grpc_connectivity_state state = channel_.GetState(/*try_to_connect=*/true);
      ready_ = state == GRPC_CHANNEL_READY;
      const auto look = ready_ ? std::chrono::milliseconds(1) : kRest;
      channel_.NotifyOnStateChange(state, std::chrono::system_clock::now() + look, &queue, this);
      void* tag = nullptr;
      bool changed = false;
      queue.Next(&tag, &changed);
      std::unique_lock lock(mutex_);
      if (ready_) stop_.wait_for(lock, kRest, [this] { return stopping_; });
      stopping = stopping_;
    }
    queue.Shutdown();
  }

  grpc::Channel& channel_;
  std::atomic<bool> ready_{false};
  std::mutex mutex_;
  std::condition_variable stop_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace

struct GrpcBackend::Impl {
  Impl(const std::string& target, Bytes max_message)
      : channel(MakeChannel(target, max_message)),
        stub(v1::FluxService::NewStub(channel)),
        watcher(*channel) {}

  std::shared_ptr<grpc::Channel> channel;
  std::unique_ptr<v1::FluxService::Stub> stub;
  Watcher watcher;
};

GrpcBackend::GrpcBackend(const std::string& target, Bytes max_message)
    : impl_(std::make_unique<Impl>(target, max_message)) {}

GrpcBackend::~GrpcBackend() = default;

asio::awaitable<Result<v1::Generation>> GrpcBackend::Generate(GenerationRequest request,
                                                              CallContext context) {
  return std::visit([&](auto& typed) { return Await(*impl_->stub, std::move(typed), std::move(context)); },
                    request);
}

bool GrpcBackend::Ready() {
  return impl_->watcher.ready();
}

}  // namespace flux::gateway
