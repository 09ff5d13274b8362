// Puts the port together: our listener accepts, gRPC speaks HTTP/2, Calls takes what it hears.
#include "service/rpc/server.h"

#include <google/protobuf/descriptor.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/resource_quota.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include "service/jobs/job_desk.h"
#include "service/rpc/calls.h"
#include "service/rpc/health.h"
#include "service/rpc/listener.h"
#include "service/rpc/port_metrics.h"
#include "service/rpc/reflection.h"

namespace flux::service {
namespace {

constexpr char kServiceName[] = "flux.v1.FluxService";
// What a caller's metadata may be: a token, ids and trace context.
constexpr int kMaxMetadata = 8 * 1024;
// What a stream may send before its caller is known and its message is asked for. Nearly every request fits.
constexpr int kUnaskedBytes = 16 * 1024;
// Calls on one connection; the gateway puts all of its own (at most 10,000 by default) on one.
constexpr std::uint32_t kMostCallsPerConnection = 10'240;
// A peer that has vanished is noticed within this.
constexpr int kKeepaliveMs = 60'000;
constexpr int kKeepaliveTimeoutMs = 20'000;
// Time beyond the longest call, in which the calls of an aged connection end by themselves.
constexpr std::chrono::milliseconds kAgeMargin{60'000};

std::uint64_t FileLimit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

// The RPC of the contract that nobody has added; empty: none.
std::string Forgotten(const Methods& methods) {
  const auto* service = google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(kServiceName);
  for (int i = 0; i < service->method_count(); ++i) {
    std::string name = "/" + service->full_name() + "/" + service->method(i)->name();
    if (methods.Find(name) == nullptr) return name;
  }
  return {};
}

int Milliseconds(std::chrono::milliseconds time) {
  return static_cast<int>(std::min<std::int64_t>(time.count(), INT32_MAX));
}

}  // namespace

struct Server::Impl {
  explicit Impl(ServiceParts given) : parts(given) {}

  void Configure(grpc::ServerBuilder& builder, const ServerOptions& options) const;

  ServiceParts parts;
  Methods methods;
  HealthService health{{kServiceName}};
  std::optional<RpcTls> tls;
  std::optional<RpcListener> listener;
  grpc::AsyncGenericService generic;
  std::unique_ptr<grpc::ServerCompletionQueue> queue;
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor;
  std::optional<Calls> calls;
  std::optional<PortMetrics> metrics;
  std::unique_ptr<grpc::Server> server;
};

void Server::Impl::Configure(grpc::ServerBuilder& builder, const ServerOptions& options) const {
  builder.SetMaxReceiveMessageSize(static_cast<int>(options.max_message.count));
  builder.SetMaxSendMessageSize(-1);  // a reply is paid for
  // Pictures do not get smaller, and gRPC would inflate a message before its size is judged and its caller
  // known: nothing is deflated or inflated here, and a compressed message is refused as it came (calls.cc).
  builder.AddChannelArgument(GRPC_ARG_ENABLE_PER_MESSAGE_COMPRESSION, 0);
  builder.AddChannelArgument(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMaxMetadata);
  // A stream's window opens as its message is read, so nothing is slower for a small one at first; measuring
  // the way's capacity would open all windows, also of those that nobody reads.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, kUnaskedBytes);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS,
                             static_cast<int>(std::min(options.max_calls, kMostCallsPerConnection)));
  // TLS, and the peer's first frame.
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, Milliseconds(options.handshake_time));
  // The gateway pings idle connections every 30 s; the default would answer that with GOAWAY too_many_pings.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 10'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  if (options.max_connection_age.count() > 0) {
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, Milliseconds(options.max_connection_age));
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS,
                               Milliseconds(parts.request_timeout + kAgeMargin));
  }
  // A last resort above what is counted here: gRPC ends streams at random once it is reached.
  grpc::ResourceQuota quota("flux-service");
  quota.Resize(parts.budget.limit() / 5 * 6);
  builder.SetResourceQuota(quota);
}

Server::Server(ServiceParts parts) : impl_(std::make_unique<Impl>(parts)) {
  AddFluxService(impl_->methods, parts);
  impl_->health.AddTo(impl_->methods);
}

Server::~Server() {
  Drain(std::chrono::milliseconds(0));
}

Methods& Server::methods() {
  return impl_->methods;
}

Result<std::string> Server::Start(const ServerOptions& options) {
  Impl& impl = *impl_;
  const auto cannot = [](const std::string& why) { return Status(Reason::kInternal, why); };
  if (const std::string forgotten = Forgotten(impl.methods); !forgotten.empty()) {
    return cannot("the RPC " + forgotten + " has no method");
  }
  if (options.reflection) {
    AddReflection(impl.methods,
                  {kServiceName, "grpc.health.v1.Health", "grpc.reflection.v1alpha.ServerReflection"});
  }
  impl.tls.emplace(options.tls);
  if (const std::string wrong = impl.tls->Load(); !wrong.empty()) return cannot(wrong);

  RpcListenerLimits limits{.connections = options.max_connections,
                           .connections_per_address = options.max_connections_per_address,
                           .first_bytes = options.handshake_time,
                           .tls = options.tls.enabled()};
  limits.FitTo(FileLimit());
  impl.listener.emplace(limits);
  Result<std::string> address = impl.listener->Bind(options.listen);
  if (!address) return address;

  grpc::EnableDefaultHealthCheckService(false);
  grpc::ServerBuilder builder;
  impl.acceptor = builder.experimental().AddExternalConnectionAcceptor(
      grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD, impl.tls->Credentials());
  builder.RegisterAsyncGenericService(&impl.generic);
  impl.queue = builder.AddCompletionQueue();
  impl.Configure(builder, options);
  impl.calls.emplace(impl.parts.loop, impl.generic, *impl.queue, impl.methods, impl.parts.callers,
                     impl.parts.budget, *impl.listener,
                     CallLimits{.calls = options.max_calls,
                                .calls_per_connection = kMostCallsPerConnection,
                                .max_message = options.max_message,
                                .message_time = options.message_time,
                                .reply_time = options.reply_time,
                                .certified = options.tls.mutual()});
  impl.metrics.emplace(*impl.listener, *impl.calls, impl.parts.budget);
  impl.server = builder.BuildAndStart();
  if (impl.server == nullptr) return cannot("gRPC cannot serve on " + options.listen.text);
  impl.calls->Start();
  impl.health.Set(true);
  impl.listener->Accept([acceptor = impl.acceptor.get(), calls = &*impl.calls](int descriptor) {
    grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters connection;
    connection.fd = descriptor;
    acceptor->HandleNewConnection(&connection);
    calls->Stir();
  });
  serving_ = true;
  return address;
}

std::string Server::ReloadTls() {
  return impl_->tls->Load();
}

std::optional<WallTime> Server::CertificateEnd() const {
  return impl_->tls->End();
}

const prometheus::Collectable& Server::metrics() const {
  return *impl_->metrics;
}

std::string Server::NotReady() const {
  if (!serving_) return "not serving";
  constexpr std::chrono::seconds kLongestLook{5};
  if (std::chrono::steady_clock::now() - impl_->calls->LastLook() > kLongestLook)
    return "calls are not answered";
  return impl_->listener->Problem();
}

void Server::Retire() {
  serving_ = false;
  impl_->health.Set(false);
}

void Server::Hurry() {
  if (impl_->calls.has_value()) impl_->calls->Hurry();
}

bool Server::Drain(std::chrono::milliseconds grace) {
  Impl& impl = *impl_;
  if (impl.server == nullptr) return true;
  Retire();
  impl.listener->Close();  // before gRPC stops, so that no socket is handed to nobody
  impl.health.EndWatches();
  if (impl.parts.desk != nullptr) impl.parts.desk->watches().EndAll();
  impl.calls->BeginDrain(std::chrono::steady_clock::now() + grace);
  impl.server->Shutdown(std::chrono::system_clock::now() +
                        grace);  // returns early where nothing runs any more
  impl.calls->Stop();
  impl.server.reset();
  return impl.calls->cut_off() == 0;
}

}  // namespace flux::service
