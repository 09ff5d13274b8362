// Builds and ends the gRPC server.
#include "service/rpc/server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/impl/server_builder_option.h>
#include <grpcpp/impl/server_builder_plugin.h>
#include <grpcpp/impl/service_type.h>

#include <memory>
#include <vector>

namespace flux::service {
namespace {

constexpr char kServiceName[] = "flux.v1.FluxService";

// The reflection library registers itself for every server as soon as it is linked; this takes it out again.
class WithoutReflection final : public grpc::ServerBuilderOption {
 public:
  void UpdateArguments(grpc::ChannelArguments*) override {}
  void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>* plugins) override {
    std::erase_if(*plugins, [](const auto& plugin) { return plugin->name() == "proto_server_reflection"; });
  }
};

}  // namespace

struct Server::Impl {
  std::unique_ptr<grpc::Service> service;
  std::unique_ptr<grpc::Server> server;
};

Server::Server(ServiceParts parts) : impl_(std::make_unique<Impl>()) {
  impl_->service = MakeFluxService(parts);
}

Server::~Server() = default;

Result<std::string> Server::Start(const ServerOptions& options) {
  const std::string& address = options.listen.text;
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  if (!options.reflection) builder.SetOption(std::make_unique<WithoutReflection>());
  int port = 0;
  builder.AddListeningPort(address, MakeCredentials(options.tls), &port);
  builder.RegisterService(impl_->service.get());
  builder.SetMaxReceiveMessageSize(static_cast<int>(options.max_message.count));
  builder.SetMaxSendMessageSize(static_cast<int>(options.max_message.count));
  // Without this a second process may share the port and silently take half of the calls.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  // The gateway pings idle connections every 30 s; the default would answer that with GOAWAY too_many_pings.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 10'000);
  // Pictures do not get smaller, and the filter for it holds a kilobyte of every call. What compresses its
  // requests is still understood.
  builder.AddChannelArgument(GRPC_ARG_ENABLE_PER_MESSAGE_COMPRESSION, 0);
  if (options.max_connection_age.count() > 0) {
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS,
                               static_cast<int>(options.max_connection_age.count()));
  }
  impl_->server = builder.BuildAndStart();
  if (impl_->server == nullptr || (port == 0 && !address.starts_with("unix:"))) {
    return Status(Reason::kInternal, "cannot listen on " + address);
  }
  impl_->server->GetHealthCheckService()->SetServingStatus(kServiceName, true);
  serving_ = true;
  if (address.starts_with("unix:")) return address;
  return address.substr(0, address.rfind(':')) + ":" + std::to_string(port);
}

std::string Server::NotReady() const {
  return serving_ ? "" : "not serving";
}

void Server::Retire() {
  serving_ = false;
  impl_->server->GetHealthCheckService()->SetServingStatus(false);
}

bool Server::Drain(std::chrono::milliseconds grace) {
  Retire();
  const auto deadline = std::chrono::system_clock::now() + grace;
  impl_->server->Shutdown(deadline);  // returns early where nothing runs any more
  const bool all_finished = std::chrono::system_clock::now() < deadline;
  impl_->server->Wait();
  return all_finished;
}

}  // namespace flux::service
