// Server: the gRPC port with FluxService, health and reflection.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "base/options.h"
#include "base/result.h"
#include "service/rpc/flux_service.h"
#include "service/rpc/tls.h"

namespace prometheus {
class Collectable;
}

namespace flux::service {

struct ServerOptions {
  ListenAddress listen = {};
  Bytes max_message{128ULL << 20};
  TlsOptions tls = {};
  bool reflection = true;  // whether callers may ask for the contract
  // Of a connection, after which its caller is asked to make another; 0: for ever. What runs on it finishes.
  std::chrono::milliseconds max_connection_age{0};
  std::uint32_t max_connections = 1000;
  std::uint32_t max_connections_per_address = 250;  // 0: no limit of its own
  std::uint32_t max_calls = 20'000;
  // How long a connection may say nothing, and its handshake last.
  std::chrono::milliseconds handshake_time{10'000};
  std::chrono::milliseconds message_time{60'000};  // for a message to arrive
  std::chrono::milliseconds reply_time{30'000};    // for a reply to be taken; a second more for each MiB
};

// Start once, then Drain; all from the main thread.
class Server {
 public:
  explicit Server(ServiceParts parts);
  ~Server();

  // What can be asked. RPCs beside the product's own are added before Start.
  Methods& methods();

  // Listens and serves. Returns the address as bound. INTERNAL says why it cannot, also where an RPC of the
  // contract has no method.
  Result<std::string> Start(const ServerOptions& options);

  // Reads the TLS files again; what RpcTls::Load says. After Start; thread-safe.
  std::string ReloadTls();

  // When the port's certificate ends; nothing without TLS. After Start; thread-safe.
  std::optional<WallTime> CertificateEnd() const;

  // The port's series. After Start; thread-safe.
  const prometheus::Collectable& metrics() const;

  // "" while new connections are accepted and calls answered, else why not. Thread-safe.
  std::string NotReady() const;

  // Says NOT_SERVING to health checks and goes on as before.
  void Retire();

  // Retires, takes no new calls, waits for running ones up to `grace`, cancels the rest. When it returns, no
  // call touches the event loop any more. Returns whether all that worked had finished by themselves: callers
  // who do not read their replies, or do not finish their messages, are not waited for. Idempotent.
  bool Drain(std::chrono::milliseconds grace);

  // Ends the grace of a Drain that runs, or will. Thread-safe.
  void Hurry();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
  std::atomic<bool> serving_{false};
};

}  // namespace flux::service
