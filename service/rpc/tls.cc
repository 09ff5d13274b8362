// gRPC asks for the certificate at every handshake (its "certificate config fetcher"), and is told of a new
// one only after that was read whole and found good.
#include "service/rpc/tls.h"

#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#include <grpcpp/security/server_credentials.h>

#include <utility>

namespace flux::service {

// The credentials of a server whose certificate may change. grpc++ has none that can be told of a change, so
// these hand gRPC's C credentials to the server.
class RpcTls::Reloading final : public grpc::ServerCredentials {
 public:
  explicit Reloading(const RpcTls& tls) : tls_(tls) {
    const auto wanted = tls.options_.mutual() ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
                                              : GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE;
    credentials_ = grpc_ssl_server_credentials_create_with_options(
        grpc_ssl_server_credentials_create_options_using_config_fetcher(wanted, &Fetch, this));
  }
  ~Reloading() override { grpc_server_credentials_release(credentials_); }

  void SetAuthMetadataProcessor(const std::shared_ptr<grpc::AuthMetadataProcessor>&) override {}

 private:
  int AddPortToServer(const std::string& address, grpc_server* server) override {
    return grpc_server_add_http2_port(server, address.c_str(), credentials_);
  }

  // Called by gRPC, one at a time.
  static grpc_ssl_certificate_config_reload_status Fetch(void* self,
                                                         grpc_ssl_server_certificate_config** config) {
    return static_cast<Reloading*>(self)->FetchNew(config);
  }

  grpc_ssl_certificate_config_reload_status FetchNew(grpc_ssl_server_certificate_config** config) {
    std::shared_ptr<const Material> material;
    {
      const std::lock_guard lock(tls_.mutex_);
      material = tls_.material_;
    }
    if (material == given_) return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_UNCHANGED;
    const grpc_ssl_pem_key_cert_pair pair{material->pair.key.c_str(), material->pair.certificates.c_str()};
    // gRPC insists on authorities, also where no client is asked for a certificate and nobody looks at them.
    const std::string& authorities =
        tls_.options_.mutual() ? material->authorities : material->pair.certificates;
    *config = grpc_ssl_server_certificate_config_create(authorities.c_str(), &pair, 1);
    given_ = std::move(material);
    return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_NEW;
  }

  const RpcTls& tls_;
  grpc_server_credentials* credentials_;
  std::shared_ptr<const Material> given_;
};

std::string RpcTls::Load() {
  if (!options_.enabled()) return {};
  Result<KeyPair> pair = ReadKeyPair(options_.certificate_file, options_.key_file);
  if (!pair) return pair.error().message;
  Result<std::string> authorities = std::string();
  if (options_.mutual()) authorities = ReadAuthorities(options_.client_ca_file);
  if (!authorities) return authorities.error().message;
  auto material = std::make_shared<const Material>(Material{*std::move(pair), *std::move(authorities)});
  const std::lock_guard lock(mutex_);
  material_ = std::move(material);
  return {};
}

std::optional<WallTime> RpcTls::End() const {
  const std::lock_guard lock(mutex_);
  return material_ ? std::optional(material_->pair.end) : std::nullopt;
}

std::shared_ptr<grpc::ServerCredentials> RpcTls::Credentials() {
  if (!options_.enabled()) return grpc::InsecureServerCredentials();
  return std::make_shared<Reloading>(*this);
}

}  // namespace flux::service
