// Server: the gRPC listener with FluxService, health and reflection.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

#include "base/options.h"
#include "base/result.h"
#include "service/rpc/flux_service.h"
#include "service/rpc/tls.h"

namespace flux::service {

struct ServerOptions {
  ListenAddress listen;
  Bytes max_message{128ULL << 20};
  TlsOptions tls = {};
  bool reflection = true;  // whether callers may ask for the contract
  // Of a connection, after which its caller is asked to make another; 0: for ever. What runs on it finishes.
  std::chrono::milliseconds max_connection_age{0};
};

// Start once, Drain once; all from the main thread.
class Server {
 public:
  explicit Server(ServiceParts parts);
  ~Server();

  // Listens and serves. Returns the address as bound.
  Result<std::string> Start(const ServerOptions& options);

  // "" while it serves, else why not. Thread-safe.
  std::string NotReady() const;

  // Says NOT_SERVING to health checks and goes on as before.
  void Retire();

  // Retires, takes no new calls, waits for running ones up to `grace`, cancels the rest. When it returns, no
  // call touches the event loop any more. Returns whether all had finished by themselves.
  bool Drain(std::chrono::milliseconds grace);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
  std::atomic<bool> serving_{false};
};

}  // namespace flux::service
