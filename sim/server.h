// Simulator: the whole program behind its flags: a listener each for fal.run, queue.fal.run and api.fal.ai.
// The first also serves the files that were made, and /_sim.
#pragma once

#include <memory>
#include <string>

#include "base/log.h"
#include "base/result.h"
#include "sim/config.h"

namespace flux::sim {

// "HOST:PORT" as bound.
struct SimAddresses {
  std::string fal;
  std::string queue;
  std::string platform;
};

// `log` outlives it.
class Simulator {
 public:
  Simulator(SimConfig config, Log& log);
  ~Simulator();
  Simulator(const Simulator&) = delete;
  Simulator& operator=(const Simulator&) = delete;

  // Listens and serves from threads of its own.
  Result<SimAddresses> Start();

  // Ends waiting generations with 503, finishes replies and joins. Idempotent.
  void Stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace flux::sim
