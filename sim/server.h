// Simulator: the whole program behind its flags: one listener with fal's routes, the files it made, and
// /_sim.
#pragma once

#include <memory>
#include <string>

#include "base/log.h"
#include "base/result.h"
#include "sim/config.h"

namespace flux::sim {

// `log` outlives it.
class Simulator {
 public:
  Simulator(SimConfig config, Log& log);
  ~Simulator();
  Simulator(const Simulator&) = delete;
  Simulator& operator=(const Simulator&) = delete;

  // Listens and serves from threads of its own. Returns "HOST:PORT" as bound.
  Result<std::string> Start();

  // Ends waiting generations with 503, finishes replies and joins. Idempotent.
  void Stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace flux::sim
