// The asynchronous stub, awaited.
#include "gateway/backend/grpc_backend.h"

#include <grpcpp/grpcpp.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <pthread.h>

#include <asio/this_coro.hpp>
#include <atomic>
#include <climits>
#include <map>
#include <memory>
#include <thread>
#include <type_traits>
#include <utility>

#include "base/http_server.h"
#include "base/ip_address.h"
#include "base/remote_event.h"
#include "flux/v1/flux_service.grpc.pb.h"
#include "gateway/backend/rpc_status.h"

namespace flux::gateway {
namespace {

// Round robin, because one connection pins one replica; health checks, because a draining service still
// accepts.
constexpr char kServiceConfig[] = R"({
  "loadBalancingConfig": [{"round_robin": {}}],
  "healthCheckConfig": {"serviceName": "flux.v1.FluxService"}
})";

// gRPC looks at the files this often.
constexpr unsigned kReloadSeconds = 5;

std::shared_ptr<grpc::ChannelCredentials> ChannelKind(const GrpcBackendOptions& options) {
  namespace tls = grpc::experimental;
  if (options.ca_file.empty()) {
    // Only "local" credentials carry a token in clear text; they make sure that the peer is on this machine.
    const bool token = !options.token.empty() && IsTrustedChannel(options);
    return token ? tls::LocalCredentials(options.target.starts_with("unix:") ? UDS : LOCAL_TCP)
                 : grpc::InsecureChannelCredentials();
  }
  tls::TlsChannelCredentialsOptions wanted;
  wanted.set_certificate_provider(std::make_shared<tls::FileWatcherCertificateProvider>(
      options.key_file, options.certificate_file, options.ca_file, kReloadSeconds));
  wanted.watch_root_certs();
  if (!options.certificate_file.empty()) wanted.watch_identity_key_cert_pairs();
  return tls::TlsCredentials(wanted);
}

// Says the token with every call, also with those that gRPC makes by itself: health checks.
class TokenPlugin final : public grpc::MetadataCredentialsPlugin {
 public:
  explicit TokenPlugin(const std::string& token) : authorization_("Bearer " + token) {}

  bool IsBlocking() const override { return false; }
  const char* GetType() const override { return "token"; }
  grpc::string DebugString() override { return "token"; }
  grpc::Status GetMetadata(grpc::string_ref, grpc::string_ref, const grpc::AuthContext&,
                           std::multimap<grpc::string, grpc::string>* metadata) override {
    metadata->emplace("authorization", authorization_);
    return grpc::Status::OK;
  }

 private:
  const std::string authorization_;
};

std::shared_ptr<grpc::ChannelCredentials> Credentials(const GrpcBackendOptions& options) {
  std::shared_ptr<grpc::ChannelCredentials> channel = ChannelKind(options);
  if (options.token.empty() || !IsTrustedChannel(options)) return channel;
  return grpc::CompositeChannelCredentials(
      channel, grpc::experimental::MetadataCredentialsFromPlugin(std::make_unique<TokenPlugin>(options.token),
                                                                 GRPC_SECURITY_NONE));
}

std::shared_ptr<grpc::Channel> MakeChannel(const GrpcBackendOptions& options) {
  grpc::ChannelArguments args;
  args.SetServiceConfigJSON(kServiceConfig);
  args.SetMaxReceiveMessageSize(static_cast<int>(options.max_message.count));
  args.SetMaxSendMessageSize(static_cast<int>(options.max_message.count));
  args.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  args.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2000);
  args.SetInt(GRPC_ARG_CLIENT_IDLE_TIMEOUT_MS, INT_MAX);  // an idle channel would look unready to /readyz
  // A rollout replaces addresses faster than the default's 30 s.
  args.SetInt(GRPC_ARG_DNS_MIN_TIME_BETWEEN_RESOLUTIONS_MS, 1000);
  args.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);  // whether to resend a purchase is never gRPC's decision
  // Nothing is compressed on this way (service/rpc/server.cc), and nothing that comes is inflated; the
  // filters for it would hold 2 KB of every call.
  args.SetInt(GRPC_ARG_ENABLE_PER_MESSAGE_COMPRESSION, 0);
  args.SetInt(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);
  args.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 30'000);  // notices a replica that vanished without a word
  args.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  return grpc::CreateCustomChannel(options.target, Credentials(options), args);
}

// Who is told of an event of the completion queue, on the poller's thread.
class Waiter {
 public:
  virtual ~Waiter() = default;
  virtual void OnEvent() = 0;
};

// Everything gRPC touches until the call has ended; shared with it, since the awaiting coroutine, and its
// loop, may be gone by then.
template <typename Request, typename Response>
class Call final : public Waiter, public std::enable_shared_from_this<Call<Request, Response>> {
 public:
  explicit Call(asio::any_io_executor loop) : done(std::move(loop)) {}

  // The request is serialized here and not needed afterwards.
  template <typename Method>
  void Start(Method method, v1::FluxService::Stub& stub, const Request& request,
             grpc::CompletionQueue& queue) {
    self_ = this->shared_from_this();
    reader_ = (stub.*method)(&context, request, &queue);
    reader_->StartCall();
    reader_->Finish(&response, &status, static_cast<Waiter*>(this));
  }

  void OnEvent() override {
    std::shared_ptr<Call> self = std::move(self_);
    RemoteEvent::Set({std::move(self), &done});
  }

  RemoteEvent done;
  grpc::ClientContext context;
  Response response;
  grpc::Status status;

 private:
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
struct Rpc<v1::ListModelsRequest> {
  using Response = v1::ListModelsResponse;
  static constexpr auto kMethod = &v1::FluxService::Stub::PrepareAsyncListModels;
};

// What a caller wants of a response.
template <typename Response>
requires requires(Response response) {
  response.mutable_generation();
}
v1::Generation Take(Response& response) {
  return std::move(*response.mutable_generation());
}
v1::ListModelsResponse Take(v1::ListModelsResponse& response) {
  return std::move(response);
}

template <typename Request>
using Taken = decltype(Take(std::declval<typename Rpc<Request>::Response&>()));

void AddMetadata(const CallContext& from, bool trusted, grpc::ClientContext& context) {
  context.AddMetadata("x-request-id", from.request_id);
  if (!from.traceparent.empty()) context.AddMetadata("traceparent", from.traceparent);
  if (!trusted) return;
  if (!from.caller.empty()) context.AddMetadata("x-flux-caller", from.caller);
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
    // A connection that is renewed is no outage: calls wait for it.
    constexpr auto kRenewal = std::chrono::seconds(1);
    const SteadyTime now = std::chrono::steady_clock::now();
    if (state == GRPC_CHANNEL_READY) last_ready_ = now;
    ready_ = state == GRPC_CHANNEL_READY ||
             (state != GRPC_CHANNEL_TRANSIENT_FAILURE && now - last_ready_ < kRenewal);
    channel_.NotifyOnStateChange(state, std::chrono::system_clock::now() + kLongestWait, &queue_,
                                 static_cast<Waiter*>(this));
  }

 private:
  grpc::Channel& channel_;
  grpc::CompletionQueue& queue_;
  SteadyTime last_ready_{};  // the poller's
  std::atomic<bool> ready_{false};
  std::atomic<bool> stopping_{false};
};

}  // namespace

// One thread polls for all calls and for the channel itself: gRPC's own callback threads would hand every
// event from one to another, and look at an idle channel only every five seconds.
struct GrpcBackend::Impl {
  explicit Impl(const GrpcBackendOptions& options)
      : channel(MakeChannel(options)),
        stub(v1::FluxService::NewStub(channel)),
        trusted(IsTrustedChannel(options)),
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

  template <typename Request>
  asio::awaitable<Result<Taken<Request>>> Await(Request& request, const CallContext& context);

  grpc::CompletionQueue queue;
  std::shared_ptr<grpc::Channel> channel;
  std::unique_ptr<v1::FluxService::Stub> stub;
  const bool trusted;
  Watcher watcher;
  std::thread poller;
};

template <typename Request>
asio::awaitable<Result<Taken<Request>>> GrpcBackend::Impl::Await(Request& request,
                                                                 const CallContext& context) {
  using Running = Call<Request, typename Rpc<Request>::Response>;
  const auto call = std::make_shared<Running>(co_await asio::this_coro::executor);
  const auto left = context.deadline - std::chrono::steady_clock::now();
  call->context.set_deadline(std::chrono::system_clock::now() +
                             std::chrono::duration_cast<std::chrono::system_clock::duration>(left));
  AddMetadata(context, trusted, call->context);
  RemoteEvent::Waiter done(call->done);
  call->Start(Rpc<Request>::kMethod, *stub, request, queue);
  request = Request();
  // gRPC ends the call at its deadline by itself, so the wait for it needs none.
  if (co_await done.Wait(SteadyTime::max()) == Event::Outcome::kCancelled) {
    call->context.TryCancel();
    Status status(Reason::kCancelled);
    status.billed = Billed::kMaybe;  // how far it had come is known to the service, not here
    co_return status;
  }
  if (!call->status.ok()) {
    co_return FromRpc(call->status.error_code(), call->status.error_message(), call->status.error_details());
  }
  co_return Take(call->response);
}

bool IsTrustedChannel(const GrpcBackendOptions& options) {
  if (!options.ca_file.empty() || options.target.starts_with("unix:")) return true;
  std::string_view targets = options.target;
  for (const std::string_view scheme : {"dns:///", "ipv4:", "ipv6:"}) {
    if (targets.starts_with(scheme)) targets.remove_prefix(scheme.size());
  }
  for (;;) {
    const auto comma = targets.find(',');
    std::string host;
    int port = 0;
    if (!SplitHostPort(std::string(targets.substr(0, comma)), host, port)) return false;
    if (host != "localhost" && !IsLoopback(host)) return false;
    if (comma == std::string_view::npos) return true;
    targets.remove_prefix(comma + 1);
  }
}

GrpcBackend::GrpcBackend(GrpcBackendOptions options) : impl_(std::make_unique<Impl>(options)) {}

GrpcBackend::~GrpcBackend() = default;

asio::awaitable<Result<v1::Generation>> GrpcBackend::Generate(GenerationRequest& request,
                                                              const CallContext& context) {
  return std::visit([&](auto& typed) { return impl_->Await(typed, context); }, request);
}

asio::awaitable<Result<v1::ListModelsResponse>> GrpcBackend::ListModels(const CallContext& context) {
  v1::ListModelsRequest request;
  co_return co_await impl_->Await(request, context);
}

bool GrpcBackend::Ready() {
  return impl_->watcher.ready();
}

}  // namespace flux::gateway
