// flux-sim: fal in a box. Options, build, serve, wait for a signal, stop.
#include <unistd.h>

#include <cstdio>

#include "base/drain.h"
#include "base/exit_code.h"
#include "base/health_check.h"
#include "base/log.h"
#include "sim/config.h"
#include "sim/server.h"

int main(int argc, char** argv) {
  flux::BlockSignals();
  flux::RaiseFileLimit();

  flux::sim::SimConfig config;
  flux::Options options("flux-sim",
                        "fal in a box: fal's HTTP API with painted pictures, faults on demand and a bill. "
                        "GET /_sim lists the faults.");
  flux::sim::Declare(config, options);
  const auto validate = [](const void* settings) {
    return flux::sim::Validate(*static_cast<const flux::sim::SimConfig*>(settings));
  };
  const flux::OptionsOutcome outcome =
      options.Parse(argc, argv, flux::ProcessEnvironment(environ), validate, &config);
  if (outcome.exit) {
    std::fputs(outcome.text.c_str(), outcome.code == 0 ? stdout : stderr);
    return outcome.code;
  }
  if (outcome.command == "healthcheck") {
    return flux::HealthCheck(config.listen, "/_sim", !config.tls_cert.empty());
  }

  flux::Log log;
  flux::sim::Simulator simulator(config, log);
  const auto address = simulator.Start();
  if (!address) {
    log.Error("cannot start", {{"reason", address.error().message}});
    return flux::kNotStarted;
  }
  flux::AwaitSignal();
  log.Info("stopping", {});
  simulator.Stop();
  return flux::kStopped;
}
