// tls: the certificate of the gRPC port, read by ourselves so that a broken file never takes the place of a
// good one, and the credentials that gRPC serves with.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/pem.h"

namespace grpc {
class ServerCredentials;
}

namespace flux::service {

// PEM files.
struct TlsOptions {
  std::string certificate_file = {};  // empty: no TLS
  std::string key_file = {};
  std::string client_ca_file = {};  // authorities of client certificates; empty: none is asked for

  bool enabled() const { return !certificate_file.empty(); }
  bool mutual() const { return !client_ca_file.empty(); }
};

// Thread-safe. Outlives the server.
class RpcTls {
 public:
  explicit RpcTls(TlsOptions options) : options_(std::move(options)) {}

  // Reads the files. Empty: connections from now on show what they hold, and are asked for what they say.
  // Else what is wrong, and everything stays as it was. Without TLS there is nothing to read.
  std::string Load();

  // When the certificate ends that is shown from now on. Nothing without TLS.
  std::optional<WallTime> End() const;

  // What gRPC serves with: clear text without a certificate; with client authorities, clients without a
  // certificate of theirs are refused in the handshake. Loaded before.
  std::shared_ptr<grpc::ServerCredentials> Credentials();

 private:
  class Reloading;
  struct Material {
    KeyPair pair;
    std::string authorities;
  };

  const TlsOptions options_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Material> material_;  // guarded by mutex_
};

}  // namespace flux::service
