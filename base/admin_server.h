// AdminServer: the second port of a program, for operators: /healthz, /readyz, /metrics. Own threads, so it
// answers whatever the serving loops suffer. It never spends money and adds no series of its own.
#pragma once

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

// What /metrics shows, in order; borrowed.
using MetricSources = std::vector<const prometheus::Collectable*>;

// Thread-safe. `sources` and what `ready` touches outlive it.
class AdminServer {
 public:
  // `ready` is asked by every /readyz; it returns an empty string, or why the program is not ready.
  AdminServer(MetricSources sources, std::function<std::string()> ready);
  ~AdminServer();
  AdminServer(const AdminServer&) = delete;
  AdminServer& operator=(const AdminServer&) = delete;

  // Listens and serves. Returns the address as bound.
  Result<std::string> Start(const ListenAddress& address);
  void Stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace flux
