// The asynchronous stub, awaited.
#include "gateway/backend/grpc_backend.h"

#include <grpcpp/grpcpp.h>
#include <pthread.h>

#include <asio/this_coro.hpp>
#include <atomic>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>

#include "base/remote_event.h"
#include "flux/v1/flux_service.grpc.pb.h"
#include "gateway/backend/grpc_channel.h"
#include "gateway/backend/grpc_line.h"
#include "gateway/backend/grpc_sockets.h"
#include "gateway/backend/grpc_watch.h"
#include "gateway/backend/rpc_status.h"

namespace flux::gateway {
namespace {

// Everything gRPC touches until the call has ended; shared with it, since the awaiting coroutine, and its
// loop, may be gone by then.
template <typename Request, typename Response>
class Call final : public GrpcWaiter, public std::enable_shared_from_this<Call<Request, Response>> {
 public:
  Call(asio::any_io_executor loop, std::shared_ptr<const GrpcLine> used)
      : done(std::move(loop)), line_(std::move(used)) {}

  // The request is serialized here and not needed afterwards.
  template <typename Method>
  void Start(Method method, const Request& request, GrpcQueue& queue) {
    self_ = this->shared_from_this();
    reader_ = (line_->stub.get()->*method)(&context, request, &queue.events);
    reader_->StartCall();
    reader_->Finish(&response, &status, static_cast<GrpcWaiter*>(this));
    queue.Begun();
  }

  void OnEvent(bool) override {
    std::shared_ptr<Call> self = std::move(self_);
    RemoteEvent::Set({std::move(self), &done});
  }

  RemoteEvent done;
  grpc::ClientContext context;
  Response response;
  grpc::Status status;

 private:
  const std::shared_ptr<const GrpcLine> line_;
  std::unique_ptr<grpc::ClientAsyncResponseReader<Response>> reader_;
  std::shared_ptr<Call> self_;  // while gRPC has it
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
template <>
struct Rpc<v1::EditImageRequest> {
  using Response = v1::EditImageResponse;
  static constexpr auto kMethod = &v1::FluxService::Stub::PrepareAsyncEditImage;
};
template <>
struct Rpc<v1::TransformRequest> {
  using Response = v1::TransformResponse;
  static constexpr auto kMethod = &v1::FluxService::Stub::PrepareAsyncTransform;
};
template <>
struct Rpc<v1::CreateJobRequest> {
  using Response = v1::CreateJobResponse;
  static constexpr auto kMethod = &v1::FluxService::Stub::PrepareAsyncCreateJob;
};
template <>
struct Rpc<v1::EstimateCostRequest> {
  using Response = v1::EstimateCostResponse;
  static constexpr auto kMethod = &v1::FluxService::Stub::PrepareAsyncEstimateCost;
};
template <>
struct Rpc<v1::CancelJobRequest> {
  using Response = v1::CancelJobResponse;
  static constexpr auto kMethod = &v1::FluxService::Stub::PrepareAsyncCancelJob;
};
template <>
struct Rpc<v1::ListModelsRequest> {
  using Response = v1::ListModelsResponse;
  static constexpr auto kMethod = &v1::FluxService::Stub::PrepareAsyncListModels;
};
template <>
struct Rpc<v1::GetJobRequest> {
  using Response = v1::GetJobResponse;
  static constexpr auto kMethod = &v1::FluxService::Stub::PrepareAsyncGetJob;
};
template <>
struct Rpc<v1::ListJobsRequest> {
  using Response = v1::ListJobsResponse;
  static constexpr auto kMethod = &v1::FluxService::Stub::PrepareAsyncListJobs;
};
template <>
struct Rpc<v1::RedeliverWebhookRequest> {
  using Response = v1::RedeliverWebhookResponse;
  static constexpr auto kMethod = &v1::FluxService::Stub::PrepareAsyncRedeliverWebhook;
};
template <>
struct Rpc<v1::AcceptFalWebhookRequest> {
  using Response = v1::AcceptFalWebhookResponse;
  static constexpr auto kMethod = &v1::FluxService::Stub::PrepareAsyncAcceptFalWebhook;
};
template <>
struct Rpc<v1::GetUsageRequest> {
  using Response = v1::GetUsageResponse;
  static constexpr auto kMethod = &v1::FluxService::Stub::PrepareAsyncGetUsage;
};

// What a caller wants of a response.
template <typename Response>
requires requires(Response response) {
  response.mutable_generation();
}
v1::Generation Take(Response& response) {
  return std::move(*response.mutable_generation());
}
v1::Job Take(v1::GetJobResponse& response) {
  return std::move(*response.mutable_job());
}
v1::Job Take(v1::RedeliverWebhookResponse& response) {
  return std::move(*response.mutable_job());
}
// Else the response itself.
template <typename Response>
requires(!requires(Response response) { response.mutable_generation(); }) Response Take(Response& response) {
  return std::move(response);
}

template <typename Request>
using Taken = decltype(Take(std::declval<typename Rpc<Request>::Response&>()));

// Whether a call may cost money; then a broken one may have.
template <typename Request>
constexpr bool kSpends =
    std::is_same_v<Taken<Request>, v1::Generation> || std::is_same_v<Request, v1::CreateJobRequest>;

// The caller has left.
Status Left(bool spends) {
  Status status(Reason::kCancelled);
  if (spends) status.billed = Billed::kMaybe;  // how far it had come is known to the service, not here
  return status;
}

// Knows the line for new calls and whether it is ready, and keeps it connecting: asks to be told of each
// change, and again when nothing has changed for a while. A line that has served for `connection_age` is
// left for a new one as soon as that is ready. Waiting for the service to end the connection would cost
// calls: gRPC drops those that are about to be sent when they meet its GOAWAY, and nothing tells whether the
// service has seen them.
class Watcher final : public GrpcWaiter {
 public:
  Watcher(const GrpcBackendOptions& options, grpc::CompletionQueue& queue)
      : options_(options), queue_(queue), line_(std::make_shared<GrpcLine>(options)), age_(Age()) {}

  bool ready() const { return ready_; }

  // For a new call, which keeps it. Thread-safe.
  std::shared_ptr<const GrpcLine> line() const {
    const std::lock_guard lock(mutex_);
    return line_;
  }

  // Shuts the queue down at the next look, which is at most one wait away.
  void Stop() { stopping_ = true; }

  void OnEvent(bool) override {
    if (stopping_) return queue_.Shutdown();
    constexpr auto kLongestWait = std::chrono::milliseconds(100);
    const SteadyTime now = std::chrono::steady_clock::now();
    Renew(now);
    grpc::Channel& channel = *line_->channel;
    const grpc_connectivity_state state = channel.GetState(/*try_to_connect=*/true);
    // A connection that is renewed is no outage: calls wait for it.
    constexpr auto kRenewal = std::chrono::seconds(1);
    if (state == GRPC_CHANNEL_READY) last_ready_ = now;
    ready_ = state == GRPC_CHANNEL_READY ||
             (state != GRPC_CHANNEL_TRANSIENT_FAILURE && now - last_ready_ < kRenewal);
    channel.NotifyOnStateChange(state, std::chrono::system_clock::now() + kLongestWait, &queue_,
                                static_cast<GrpcWaiter*>(this));
  }

 private:
  void Renew(SteadyTime now) {
    if (options_.connection_age.count() == 0) return;
    if (next_ == nullptr && now - line_->since >= age_) next_ = std::make_shared<GrpcLine>(options_);
    if (next_ == nullptr || next_->channel->GetState(/*try_to_connect=*/true) != GRPC_CHANNEL_READY) return;
    std::shared_ptr<const GrpcLine> old = std::move(next_);  // let go of outside of the lock
    const std::lock_guard lock(mutex_);
    line_.swap(old);
    age_ = Age();
  }

  // Not the same for all, so that they do not all come at once.
  std::chrono::milliseconds Age() {
    const std::int64_t age = options_.connection_age.count();
    return std::chrono::milliseconds(age - std::uniform_int_distribution<std::int64_t>(0, age / 10)(random_));
  }

  const GrpcBackendOptions options_;
  grpc::CompletionQueue& queue_;
  std::minstd_rand random_{std::random_device()()};
  mutable std::mutex mutex_;
  std::shared_ptr<const GrpcLine> line_;  // guarded by mutex_; changed by the poller alone
  std::shared_ptr<const GrpcLine> next_;  // the poller's, as what follows
  std::chrono::milliseconds age_;
  SteadyTime last_ready_{};
  std::atomic<bool> ready_{false};
  std::atomic<bool> stopping_{false};
};

}  // namespace

// The loop, where there is one for all, or one thread polls for all calls and for the channel itself: gRPC's
// own callback threads would hand every event from one to another, and look at an idle channel only every
// five seconds.
struct GrpcBackend::Impl {
  explicit Impl(const GrpcBackendOptions& options)
      : sockets(options.loop == nullptr ? QueueSockets() : SocketsOfGrpc()),
        trusted(IsTrustedChannel(options)),
        max_message(options.max_message.count),
        watcher(options, queue.events) {
    watcher.OnEvent(true);
    if (options.loop == nullptr) {
      thread = std::thread([this] { Poll(); });
      return;
    }
    queue.poller.emplace(*options.loop, queue.events, std::move(sockets));
    queue.poller->Start([](void* tag, bool ok) { static_cast<GrpcWaiter*>(tag)->OnEvent(ok); },
                        [](SteadyTime) { return kTimers; });
  }

  ~Impl() {
    watcher.Stop();
    if (queue.poller) {
      queue.poller->Join();
    } else {
      thread.join();
    }
  }

  void Poll() {
    pthread_setname_np(pthread_self(), "grpc-calls");
    void* tag = nullptr;
    bool ok = false;
    while (queue.events.Next(&tag, &ok)) static_cast<GrpcWaiter*>(tag)->OnEvent(ok);
  }

  template <typename Request>
  asio::awaitable<Result<Taken<Request>>> Await(Request& request, const CallContext& context);

  // How often gRPC is asked of what its timers have ended: calls whose time is over, waits for the channel.
  static constexpr std::chrono::milliseconds kTimers{25};

  QueueSockets sockets;  // found before gRPC is used
  GrpcQueue queue;
  const bool trusted;
  const std::uint64_t max_message;  // bytes of a request
  Watcher watcher;
  std::thread thread;
};

template <typename Request>
asio::awaitable<Result<Taken<Request>>> GrpcBackend::Impl::Await(Request& request,
                                                                 const CallContext& context) {
  using Running = Call<Request, typename Rpc<Request>::Response>;
  if (request.ByteSizeLong() > max_message) {
    co_return Status(
        Reason::kPayloadTooLarge,
        "the request is larger than --max-message-bytes of the gateway; send smaller pictures, or "
        "URLs instead of bytes");
  }
  const auto call = std::make_shared<Running>(co_await asio::this_coro::executor, watcher.line());
  PrepareCall(context, trusted, call->context);
  RemoteEvent::Waiter done(call->done);
  call->Start(Rpc<Request>::kMethod, request, queue);
  request = Request();
  // gRPC ends the call at its deadline by itself, so the wait for it needs none.
  if (co_await done.Wait(SteadyTime::max()) == Event::Outcome::kCancelled) {
    call->context.TryCancel();
    queue.Begun();
    co_return Left(kSpends<Request>);
  }
  if (!call->status.ok()) co_return FailureOfCall(call->status, kSpends<Request>);
  co_return Take(call->response);
}

namespace {

bool IsKeyed(const GenerationRequest& request) {
  return std::visit([](const auto& typed) { return !typed.parameters().idempotency_key().empty(); }, request);
}

// Each generation's place in a request that holds any of them.
template <typename Holder>
void Move(v1::TextToImageRequest& from, Holder& to) {
  to.mutable_text_to_image()->Swap(&from);
}
template <typename Holder>
void Move(v1::ImageToImageRequest& from, Holder& to) {
  to.mutable_image_to_image()->Swap(&from);
}
template <typename Holder>
void Move(v1::InpaintRequest& from, Holder& to) {
  to.mutable_inpaint()->Swap(&from);
}
template <typename Holder>
void Move(v1::EditImageRequest& from, Holder& to) {
  to.mutable_edit_image()->Swap(&from);
}
template <typename Holder>
void Move(v1::TransformRequest& from, Holder& to) {
  to.mutable_transform()->Swap(&from);
}

// Without a caller's name all callers would share their keys.
template <typename Answer>
asio::awaitable<Result<Answer>> Nameless() {
  co_return Status(
      Reason::kUnsupportedHeader,
      "idempotency keys need a connection to flux-service that nobody else can read: TLS, a unix "
      "socket or loopback; nothing was bought");
}

}  // namespace

GrpcBackend::GrpcBackend(GrpcBackendOptions options) : impl_(std::make_unique<Impl>(options)) {}

GrpcBackend::~GrpcBackend() = default;

asio::awaitable<Result<v1::Generation>> GrpcBackend::Generate(GenerationRequest& request,
                                                              const CallContext& context) {
  if (IsKeyed(request) && !impl_->trusted) return Nameless<v1::Generation>();
  return std::visit([&](auto& typed) { return impl_->Await(typed, context); }, request);
}

asio::awaitable<Result<v1::CreateJobResponse>> GrpcBackend::CreateJob(GenerationRequest& request,
                                                                      const std::string& webhook_url,
                                                                      const CallContext& context) {
  if (IsKeyed(request) && !impl_->trusted) co_return co_await Nameless<v1::CreateJobResponse>();
  v1::CreateJobRequest job;
  job.set_webhook_url(webhook_url);
  std::visit([&job](auto& typed) { Move(typed, job); }, request);
  co_return co_await impl_->Await(job, context);
}

asio::awaitable<Result<v1::EstimateCostResponse>> GrpcBackend::EstimateCost(GenerationRequest& request,
                                                                            const CallContext& context) {
  v1::EstimateCostRequest question;
  std::visit([&question](auto& typed) { Move(typed, question); }, request);
  co_return co_await impl_->Await(question, context);
}

asio::awaitable<Result<v1::CancelJobResponse>> GrpcBackend::CancelJob(const std::string& id,
                                                                      const CallContext& context) {
  v1::CancelJobRequest request;
  request.set_id(id);
  co_return co_await impl_->Await(request, context);
}

asio::awaitable<Result<v1::ListModelsResponse>> GrpcBackend::ListModels(const CallContext& context) {
  v1::ListModelsRequest request;
  co_return co_await impl_->Await(request, context);
}

asio::awaitable<Result<v1::Job>> GrpcBackend::GetJob(const std::string& id, const CallContext& context) {
  v1::GetJobRequest request;
  request.set_id(id);
  co_return co_await impl_->Await(request, context);
}

std::unique_ptr<JobWatch> GrpcBackend::WatchJob(const std::string& id, std::uint32_t logs_seen,
                                                const CallContext& context) {
  v1::WatchJobRequest request;
  request.set_id(id);
  request.set_logs_seen(logs_seen);
  return StartWatch(impl_->watcher.line(), request, context, impl_->trusted, impl_->queue);
}

asio::awaitable<Result<v1::ListJobsResponse>> GrpcBackend::ListJobs(const v1::ListJobsRequest& page,
                                                                    const CallContext& context) {
  v1::ListJobsRequest request = page;
  co_return co_await impl_->Await(request, context);
}

asio::awaitable<Result<v1::Job>> GrpcBackend::RedeliverWebhook(const std::string& id,
                                                               const CallContext& context) {
  v1::RedeliverWebhookRequest request;
  request.set_id(id);
  co_return co_await impl_->Await(request, context);
}

asio::awaitable<Result<v1::AcceptFalWebhookResponse>> GrpcBackend::AcceptFalWebhook(
    v1::AcceptFalWebhookRequest& webhook, const CallContext& context) {
  return impl_->Await(webhook, context);
}

asio::awaitable<Result<v1::GetUsageResponse>> GrpcBackend::GetUsage(std::uint32_t days,
                                                                    const CallContext& context) {
  v1::GetUsageRequest request;
  request.set_days(days);
  Result<v1::GetUsageResponse> usage = co_await impl_->Await(request, context);
  // Without a caller's name it is what all callers bought.
  if (usage && !impl_->trusted) usage->clear_bill();
  co_return usage;
}

bool GrpcBackend::Ready() {
  return impl_->watcher.ready();
}

}  // namespace flux::gateway
