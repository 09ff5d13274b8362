// The asynchronous stub, awaited.
#include "gateway/grpc_backend.h"

#include <grpcpp/grpcpp.h>
#include <pthread.h>

#include <asio/post.hpp>
#include <asio/this_coro.hpp>
#include <atomic>
#include <climits>
#include <memory>
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

// Who is told of an event of the completion queue, on the poller's thread.
class Waiter {
 public:
  virtual ~Waiter() = default;
  virtual void OnEvent() = 0;
};

// Everything gRPC touches until the call has ended; shared with it, since the awaiting coroutine may be gone
// by then.
template <typename Request, typename Response>
class Call final : public Waiter, public std::enable_shared_from_this<Call<Request, Response>> {
 public:
  Call(const asio::any_io_executor& loop, Request message)
      : done(loop), request(std::move(message)), executor_(loop) {}

  template <typename Method>
  void Start(Method method, v1::FluxService::Stub& stub, grpc::CompletionQueue& queue) {
    self_ = this->shared_from_this();
    reader_ = (stub.*method)(&context, request, &queue);
    reader_->StartCall();
    reader_->Finish(&response, &status, static_cast<Waiter*>(this));
  }

  // Nobody waits any more, and the loop may end before the call does.
  void Abandon() {
    awaited_ = false;
    context.TryCancel();
  }

  void OnEvent() override {
    const std::shared_ptr<Call> self = std::move(self_);
    if (awaited_) asio::post(executor_, [self] { self->done.Set(); });
  }

  Event done;
  grpc::ClientContext context;
  Request request;
  Response response;
  grpc::Status status;

 private:
  asio::any_io_executor executor_;
  std::unique_ptr<grpc::ClientAsyncResponseReader<Response>> reader_;
  std::shared_ptr<Call> self_;  // while gRPC has it
  std::atomic<bool> awaited_{true};
};

// The response type and stub method of each request type.
template <typename Request>
struct Rpc;
template <>
struct Rpc<v1::TextToImageRequest> {
  using Response = v1::TextToImageResponse;
  static constexpr auto kMethod = &v1::FluxService::Stub::PrepareAsyncTextToImage;
};
template <>
struct Rpc<v1::ImageToImageRequest> {
  using Response = v1::ImageToImageResponse;
  static constexpr auto kMethod = &v1::FluxService::Stub::PrepareAsyncImageToImage;
};
template <>
struct Rpc<v1::InpaintRequest> {
  using Response = v1::InpaintResponse;
  static constexpr auto kMethod = &v1::FluxService::Stub::PrepareAsyncInpaint;
};

template <typename Request>
asio::awaitable<Result<v1::Generation>> Await(v1::FluxService::Stub& stub, grpc::CompletionQueue& queue,
                                              Request request, CallContext context) {
  using Running = Call<Request, typename Rpc<Request>::Response>;
  const auto call = std::make_shared<Running>(co_await asio::this_coro::executor, std::move(request));
  const auto left = context.deadline - std::chrono::steady_clock::now();
  call->context.set_deadline(std::chrono::system_clock::now() +
                             std::chrono::duration_cast<std::chrono::system_clock::duration>(left));
  call->context.AddMetadata("x-request-id", context.request_id);
  call->Start(Rpc<Request>::kMethod, stub, queue);
  // gRPC ends the call at its deadline by itself, so the wait for it needs none.
  if (co_await call->done.Wait(SteadyTime::max()) == Event::Outcome::kCancelled) {
    call->Abandon();
    Status status(Reason::kCancelled);
    status.billed = Billed::kMaybe;  // how far it had come is known to the service, not here
    co_return status;
  }
  if (!call->status.ok()) {
    co_return FromRpc(call->status.error_code(), call->status.error_message(), call->status.error_details());
  }
  co_return std::move(*call->response.mutable_generation());
}

// Knows whether the channel is ready, and keeps it connecting: asks to be told of each change, and again when
// nothing has changed for a while.
class Watcher final : public Waiter {
 public:
  Watcher(grpc::Channel& channel, grpc::CompletionQueue& queue) : channel_(channel), queue_(queue) {}

  bool ready() const { return ready_; }

  // Shuts the queue down at the next look, which is at most one wait away.
  void Stop() { stopping_ = true; }

  void OnEvent() override {
    if (stopping_) return queue_.Shutdown();
    constexpr auto kLongestWait = std::chrono::milliseconds(100);
    const grpc_connectivity_state state = channel_.GetState(/*try_to_connect=*/true);
    ready_ = state == GRPC_CHANNEL_READY;
    channel_.NotifyOnStateChange(state, std::chrono::system_clock::now() + kLongestWait, &queue_,
                                 static_cast<Waiter*>(this));
  }

 private:
  grpc::Channel& channel_;
  grpc::CompletionQueue& queue_;
  std::atomic<bool> ready_{false};
  std::atomic<bool> stopping_{false};
};

}  // namespace

// One thread polls for all calls and for the channel itself: gRPC's own callback threads would hand every
// event from one to another, and look at an idle channel only every five seconds.
struct GrpcBackend::Impl {
  Impl(const std::string& target, Bytes max_message)
      : channel(MakeChannel(target, max_message)),
        stub(v1::FluxService::NewStub(channel)),
        watcher(*channel, queue),
        poller([this] { Poll(); }) {}

  ~Impl() {
    watcher.Stop();
    poller.join();
  }

  void Poll() {
    pthread_setname_np(pthread_self(), "grpc-calls");
    watcher.OnEvent();
    void* tag = nullptr;
    bool ok = false;
    while (queue.Next(&tag, &ok)) static_cast<Waiter*>(tag)->OnEvent();
  }

  grpc::CompletionQueue queue;
  std::shared_ptr<grpc::Channel> channel;
  std::unique_ptr<v1::FluxService::Stub> stub;
  Watcher watcher;
  std::thread poller;
};

GrpcBackend::GrpcBackend(const std::string& target, Bytes max_message)
    : impl_(std::make_unique<Impl>(target, max_message)) {}

GrpcBackend::~GrpcBackend() = default;

asio::awaitable<Result<v1::Generation>> GrpcBackend::Generate(GenerationRequest request,
                                                              CallContext context) {
  return std::visit(
      [&](auto& typed) { return Await(*impl_->stub, impl_->queue, std::move(typed), std::move(context)); },
      request);
}

bool GrpcBackend::Ready() {
  return impl_->watcher.ready();
}

}  // namespace flux::gateway
