// flux-sim: fal in a box. Options, build, serve, wait for a signal, stop.
#include "base/drain.h"
#include "base/exit_code.h"
#include "base/health_check.h"
#include "base/log.h"
#include "base/program.h"
#include "sim/config.h"
#include "sim/server.h"

int main(int argc, char** argv) {
  using namespace flux;
  Program program(
      "flux-sim",
      "fal in a box: fal's HTTP API with painted pictures, faults on demand and a bill. GET /_sim lists "
      "the faults.");
  sim::SimConfig config;
  sim::Declare(config, program.options());
  const auto ended = program.Start(
      argc, argv, [&config] { return sim::Validate(config); },
      [&config] { return HealthCheck(config.listen, "/_sim", !config.tls_cert.empty()); });
  if (ended) return *ended;

  Log log;
  program.Warn(log);
  sim::Simulator simulator(config, log);
  const auto address = simulator.Start();
  if (!address) {
    log.Error("start_failed", {{"message", address.error().message}});
    return kNotStarted;
  }
  AwaitSignal();
  log.Info("stopping", {});
  simulator.Stop();
  return kStopped;
}
