// AdminServer: the second address of a program, for operators: /healthz, /readyz, /metrics. A thread and
// limits of its own, so it answers whatever the serving loops, or its other visitors, suffer. It never spends
// money and adds no series of its own.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/options.h"
#include "base/result.h"

namespace prometheus {
class Collectable;
}

namespace flux {

// Bounds of the visitors.
struct AdminLimits {
  // Beyond, the one that has been quiet longest gives way: whoever is new is always heard.
  std::size_t visitors = 256;
  // Of a new connection, for its first request; and for taking a reply.
  std::chrono::milliseconds patience{10'000};
  // Between requests: longer than common scrape intervals.
  std::chrono::milliseconds idle{120'000};
};

// Start, Stop and the destructor are called from one thread.
class AdminServer {
 public:
  // What /metrics shows, in order; borrowed.
  using Sources = std::vector<const prometheus::Collectable*>;
  // Asked by every /readyz, on the admin thread: empty, or why the program is not ready.
  using Ready = std::function<std::string()>;

  AdminServer(Sources sources, Ready ready, AdminLimits limits = {});
  ~AdminServer();
  AdminServer(const AdminServer&) = delete;
  AdminServer& operator=(const AdminServer&) = delete;

  // Listens and serves. Once. Returns the address as bound, or INTERNAL saying why it cannot.
  Result<std::string> Start(const ListenAddress& address);
  // Closes the address and every connection. Idempotent.
  void Stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace flux
