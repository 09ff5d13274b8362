// flux-gateway: configuration, parts, serve, drain.
#include <prometheus/registry.h>

#include <atomic>
#include <random>
#include <string_view>
#include <utility>

#include "base/admin_server.h"
#include "base/drain.h"
#include "base/event_loop.h"
#include "base/exit_code.h"
#include "base/file_watch.h"
#include "base/health_check.h"
#include "base/heap.h"
#include "base/program.h"
#include "base/program_metrics.h"
#include "gateway/backend/grpc_backend.h"
#include "gateway/config.h"
#include "gateway/doors/job_gauges.h"
#include "gateway/doors/public_doors.h"
#include "gateway/guard/admission_gauges.h"
#include "gateway/guard/guard.h"
#include "gateway/http/listener.h"
#include "gateway/http/server_tls.h"
#include "gateway/keygen.h"
#include "gateway/metrics/edge_metrics.h"

namespace {

// The loops end before what runs on them.
class LoopsEnd {
 public:
  explicit LoopsEnd(flux::EventLoops& loops) : loops_(loops) {}
  ~LoopsEnd() { loops_.Stop(); }
  LoopsEnd(const LoopsEnd&) = delete;
  LoopsEnd& operator=(const LoopsEnd&) = delete;

 private:
  flux::EventLoops& loops_;
};

}  // namespace

int main(int argc, char** argv) {
  using namespace flux;
  if (argc > 1 && argv[1] == std::string_view("keygen")) return gateway::RunKeygen({argv + 2, argv + argc});
  GiveLargeBuffersBack();
  Program program("flux-gateway", "The public JSON API in front of flux-service.");
  gateway::GatewayConfig config;
  gateway::DeclareOptions(program.options(), config);
  const auto ended = program.Start(
      argc, argv, [&config] { return gateway::ValidateConfig(config); },
      [&config] { return HealthCheck(config.admin_listen, "/healthz"); });
  if (ended) return *ended;
  if (program.command() == "keygen") return gateway::RunKeygen({});  // options first: it takes none

  Log log(*FindLogLevel(config.log_level));
  program.Warn(log);
  const SystemClock clock;
  prometheus::Registry registry;
  EventLoops loops("public", config.loops != 0 ? config.loops : UsableCores());
  gateway::GrpcBackendOptions backend_options = gateway::BackendOptionsOf(config);
  if (loops.contexts().size() == 1) backend_options.loop = loops.contexts().front();
  gateway::GrpcBackend backend(std::move(backend_options));
  gateway::AliasFile aliases(config.model_aliases_file, log);
  gateway::PublicDoors doors(backend, clock, aliases, gateway::DoorsOptionsOf(config));
  gateway::GatewayMetrics metrics(registry, doors.routes().Patterns());
  gateway::AdmissionMetrics admission_metrics(registry);
  gateway::KeyRing keys(config.api_keys_file, config.allow_empty_keys, admission_metrics, log);
  const auto store = gateway::OpenRateLimitStore(config, log);
  const gateway::Admission admission(gateway::AdmissionOptionsOf(config), keys, store.get(),
                                     admission_metrics, clock, std::random_device()());
  const gateway::AdmissionGauges admission_gauges(admission);
  const gateway::JobGauges job_gauges(doors.jobs());
  gateway::Guard guard(gateway::GuardOptionsOf(config), doors.routes(), admission, metrics,
                       config.enable_logging ? &log : nullptr, clock);
  const LoopsEnd loops_end(loops);
  gateway::Limits limits = gateway::LimitsOf(config);
  if (limits.FitTo(program.descriptors())) {
    log.Warn("max_connections_lowered",
             {{"to", limits.max_connections}, {"open_files_limit", program.descriptors()}});
  }
  gateway::ServerTls tls(config.tls_cert, config.tls_key);
  gateway::Listener listener(loops.contexts(), limits, guard, config.tls_cert.empty() ? nullptr : &tls);
  const gateway::EdgeMetrics edge(listener.counters());
  std::atomic<bool> draining = false;
  const ProgramMetrics own("flux_gateway", log, [&tls] { return tls.End(); });
  AdminServer admin({&registry, &edge, &admission_gauges, &job_gauges, &own}, [&]() -> std::string {
    if (draining) return "draining";
    return backend.Ready() ? "" : "flux-service cannot be reached";
  });

  FileWatch files;
  if (keys.InUse()) files.Add({keys.file()}, [&keys] { keys.Reload(); });
  if (aliases.InUse()) files.Add({aliases.file()}, [&aliases] { aliases.Reload(); });
  if (!config.tls_cert.empty()) {
    files.Add({config.tls_cert, config.tls_key}, [&log, &tls] {
      const std::string wrong = tls.Load();
      if (wrong.empty()) {
        log.Info("certificate_loaded", {});
      } else {
        log.Error("certificate_kept", {{"message", wrong}});
      }
    });
  }

  // Read again here, since the files may have changed since they were checked.
  std::string problem = config.tls_cert.empty() ? std::string() : tls.Load();
  const Result<std::string> admin_address = admin.Start(config.admin_listen);
  const Result<std::string> address = admin_address ? listener.Start(config.listen) : admin_address;
  if (problem.empty() && !address) problem = address.error().message;
  if (!problem.empty()) {
    log.Error("start_failed", {{"message", problem}});
    return kNotStarted;
  }
  log.Info("listening", {{"name", "admin"}, {"address", *admin_address}});
  log.Info("listening", {{"name", "http"}, {"address", *address}});

  files.Start();
  const int signal = AwaitSignal([&] {
    log.Info("reloading", {});
    files.CheckNow();
  });
  log.Info("draining", {{"signal", signal}});
  draining = true;
  listener.Retire();
  WaitOut(config.drain_delay);
  doors.LetGo();
  bool all_finished = false;
  {
    const GraceWatch second_signal([&listener] { listener.Hurry(); });
    all_finished = listener.Drain(config.drain_grace);
  }
  files.Stop();
  admin.Stop();
  log.Info("stopped", {{"all_finished", all_finished}});
  return all_finished ? kStopped : kCutOff;
}
