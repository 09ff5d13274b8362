// tls: the credentials of the gRPC port.
#pragma once

#include <memory>
#include <string>

namespace grpc {
class ServerCredentials;
}

namespace flux::service {

// PEM files; read again when they change, within seconds. A failed read keeps what was read before.
struct TlsOptions {
  std::string certificate_file = {};  // empty: no TLS
  std::string key_file = {};
  std::string client_ca_file = {};  // authorities of client certificates; empty: none is asked for

  bool enabled() const { return !certificate_file.empty(); }
};

// Clear text without a certificate; with client authorities, clients without a certificate of theirs are
// refused in the handshake.
std::shared_ptr<grpc::ServerCredentials> MakeCredentials(const TlsOptions& options);

}  // namespace flux::service
