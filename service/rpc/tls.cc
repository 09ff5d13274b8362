// gRPC's own file watcher does the reloading.
#include "service/rpc/tls.h"

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>

namespace flux::service {
namespace {

constexpr unsigned kReloadSeconds = 5;

}  // namespace

std::shared_ptr<grpc::ServerCredentials> MakeCredentials(const TlsOptions& options) {
  namespace tls = grpc::experimental;
  if (!options.enabled()) return grpc::InsecureServerCredentials();
  tls::TlsServerCredentialsOptions wanted(std::make_shared<tls::FileWatcherCertificateProvider>(
      options.key_file, options.certificate_file, options.client_ca_file, kReloadSeconds));
  wanted.watch_identity_key_cert_pairs();
  if (!options.client_ca_file.empty()) {
    wanted.watch_root_certs();
    wanted.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  }
  return tls::TlsServerCredentials(wanted);
}

}  // namespace flux::service
