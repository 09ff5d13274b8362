// flux-gateway: configuration, parts, serve, drain.
#include <prometheus/registry.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <thread>

#include "base/drain.h"
#include "base/event_loop.h"
#include "gateway/admin_server.h"
#include "gateway/config.h"
#include "gateway/grpc_backend.h"
#include "gateway/guard/edge_metrics.h"
#include "gateway/guard/guard.h"
#include "gateway/http/listener.h"
#include "gateway/http/server_tls.h"

int main(int argc, char** argv) {
  using namespace flux;
  BlockSignals();
  const std::uint64_t descriptors = RaiseFileLimit();
  gateway::GatewayConfig config;
  Options options("flux-gateway", "The public JSON API in front of flux-service.");
  gateway::DeclareOptions(options, config);
  const OptionsOutcome parsed =
      options.Parse(argc, argv, ProcessEnvironment(environ), &gateway::ValidateConfig, &config);
  if (parsed.exit) {
    std::fputs(parsed.text.c_str(), parsed.code == 0 ? stdout : stderr);
    return parsed.code;
  }

  Log log(*FindLogLevel(config.log_level));
  const SystemClock clock;
  prometheus::Registry registry;
  gateway::GatewayMetrics metrics(registry);
  gateway::GrpcBackend backend(gateway::BackendOptionsOf(config));
  gateway::Guard guard(gateway::GuardOptionsOf(config), backend, metrics,
                       config.enable_logging ? &log : nullptr, clock);
  EventLoops loops("public", config.loops != 0 ? config.loops : std::thread::hardware_concurrency());
  gateway::Limits limits = gateway::LimitsOf(config);
  if (limits.FitTo(descriptors)) {
    log.Warn("max_connections_lowered", {{"to", limits.max_connections}, {"open_files_limit", descriptors}});
  }
  gateway::ServerTls tls(config.tls_cert, config.tls_key);
  const std::string tls_problem = config.tls_cert.empty() ? "" : tls.Load();
  gateway::Listener listener(
      loops.contexts(), limits,
      [&guard](gateway::Request request) { return guard.Handle(std::move(request)); },
      [&guard](const Status& status) { return guard.Refuse(status); },
      config.tls_cert.empty() ? nullptr : &tls);
  const gateway::EdgeMetrics edge(listener.counters());
  std::atomic<bool> draining = false;
  gateway::AdminServer admin({&registry, &edge}, [&]() -> std::string {
    if (draining) return "draining";
    return backend.Ready() ? "" : "flux-service cannot be reached";
  });

  if (!tls_problem.empty()) {
    log.Error("start_failed", {{"message", "--tls-cert: " + tls_problem}});
    return 1;
  }
  const Result<std::string> admin_address = admin.Start(config.admin_listen);
  const Result<std::string> address = admin_address ? listener.Start(config.listen) : admin_address;
  if (!address) {
    log.Error("start_failed", {{"message", address.error().message}});
    return 1;
  }
  log.Info("listening", {{"name", "admin"}, {"address", *admin_address}});
  log.Info("listening", {{"name", "http"}, {"address", *address}});

  log.Info("draining", {{"signal", AwaitSignal()}});
  draining = true;
  const bool all_finished = listener.Drain(config.drain_grace);
  admin.Stop();
  log.Info("stopped", {{"all_finished", all_finished}});
  return 0;
}
