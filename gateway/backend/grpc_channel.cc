// Arguments and credentials of the channel to flux-service.
#include "gateway/backend/grpc_channel.h"

#include <grpcpp/grpcpp.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <climits>
#include <map>
#include <string>
#include <string_view>

#include "base/ip_address.h"

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

}  // namespace

std::shared_ptr<grpc::Channel> MakeChannel(const GrpcBackendOptions& options) {
  grpc::ChannelArguments args;
  // A channel that takes another's place is there to connect anew.
  args.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  args.SetServiceConfigJSON(kServiceConfig);
  // A result is paid for, so it is taken whatever its size; flux-service bounds it by what it takes from fal.
  args.SetMaxReceiveMessageSize(-1);
  args.SetMaxSendMessageSize(-1);  // looked at in Await, where it can be told
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

}  // namespace flux::gateway
