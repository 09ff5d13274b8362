// Configuration, parts, serve, drain.
#include "service/run_service.h"

#include <malloc.h>
#include <prometheus/registry.h>

#include <optional>
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
#include "service/bill/bill.h"
#include "service/catalogue/catalogue_file.h"
#include "service/config.h"
#include "service/fal_settings.h"
#include "service/jobs/fal_webhooks.h"
#include "service/jobs/job_desk.h"
#include "service/jobs/watches.h"
#include "service/jobs/webhook_out.h"
#include "service/jobs/webhook_poster.h"
#include "service/jobs/webhook_secrets.h"
#include "service/jobs/webhook_targets.h"
#include "service/purchase/caretaker.h"
#include "service/purchase/kept.h"
#include "service/purchase/price_watch.h"
#include "service/rpc/library_log.h"
#include "service/rpc/server.h"
#include "service/store/measured_store.h"
#include "service/store/open_store.h"
#include "service/wire/backup_host.h"
#include "service/wire/image_fetcher.h"
#include "service/wire/key_set_client.h"
#include "service/wire/platform_client.h"
#include "service/wire/pricing_client.h"
#include "service/wire/queue_client.h"
#include "service/wire/simulator_check.h"
#include "service/wire/stack.h"

namespace flux::service {
namespace {

// The stand-in of a host of fal's, where there is one.
std::unique_ptr<fal::BackupHost> BackupOf(const std::string& url, const std::string& backup, const char* host,
                                          prometheus::Registry& registry) {
  if (url.empty() || backup.empty()) return nullptr;
  return std::make_unique<fal::BackupHost>(url, backup, registry, host);
}

// Says how fal is asked where that changes what can be done after something broke.
void TellStoreIo(const ServiceConfig& config, Log& log) {
  if (config.fal_store_io != "off") return;
  log.Warn(
      "store_io_off",
      {{"message",
        "fal keeps no payloads (--fal-store-io=off): a purchase whose answer was lost before fal told its "
        "id cannot be looked up by what was sent, and stays unknown; keyed purchases and jobs through "
        "fal's queue have an id from the start"}});
}

}  // namespace

int RunService(int argc, char** argv, const ServiceHooks& hooks) {
  // One heap for all threads. The loop does the work and gRPC's few threads hand over, so there is next to no
  // waiting for it, and what one thread frees another uses again: 5 % less memory at 5,000 pictures in
  // flight.
  mallopt(M_ARENA_MAX, 1);  // NOLINT(concurrency-mt-unsafe): there is no other thread yet
  GiveLargeBuffersBack();
  Program program("flux-service", "Buys FLUX images from fal.ai; serves flux.v1.FluxService over gRPC.");
  ServiceConfig config;
  DeclareOptions(program.options(), config);
  const auto ended = program.Start(
      argc, argv, [&config] { return ValidateConfig(config); },
      [&config] { return HealthCheck(config.metrics_listen, "/healthz"); });
  if (ended) return *ended;

  Log log(*FindLogLevel(config.log_level));
  program.Warn(log);
  const LibraryLog library_log(log);
  const SystemClock clock;
  prometheus::Registry registry;
  CatalogueLoad known = LoadCatalogueFile(config.catalogue);
  if (!known.problems.empty()) {  // ValidateConfig found none: the file has changed in between
    log.Error("start_failed", {{"message", "--catalogue: " + known.problems.front()}});
    return kNotStarted;
  }
  const Catalogue catalogue(std::move(known.rows));
  const std::vector<std::string> models = catalogue.Names();
  Log* receipt_log = config.enable_logging ? &log : nullptr;
  EventLoop loop("purchases");
  TellStoreIo(config, log);
  const auto backup = BackupOf(config.fal_url, BackupUrlOf(config), "run", registry);
  const auto queue_backup = BackupOf(QueueUrlOf(config), QueueBackupUrlOf(config), "queue", registry);
  fal::StackOptions stack_options = FalOptions(config);
  stack_options.wire.backup = backup.get();
  fal::Stack stack({loop.context(), registry, receipt_log, clock}, std::move(stack_options), models);
  fal::CurlImageFetcher fetcher(loop.context(), FetchOptions(config));
  Delivery delivery(fetcher, {.most = config.max_message});
  Result<std::unique_ptr<Store>> opened = OpenStore(loop.context(), StoreOptionsOf(config), clock);
  if (!opened) {
    log.Error("start_failed", {{"message", opened.error().message}});
    return kNotStarted;
  }
  MeasuredStore store(hooks.store ? hooks.store(*std::move(opened)) : *std::move(opened), registry);
  BudgetBook budgets(config.budgets_file);
  budgets.Load();  // ValidateConfig found no mistake
  fal::QueueOptions queue_options = QueueOptionsOf(config);
  queue_options.backup = queue_backup.get();
  fal::CurlFalQueue queue({loop.context(), registry, receipt_log, clock}, std::move(queue_options), models);
  fal::CurlFalHistory history(loop.context(), HistoryOptionsOf(config));
  KeptMetrics kept_metrics(registry, KeptOptionsOf(config).unknown_for);
  KeptPurchases kept(
      {loop.executor(), store, stack.top(), queue, PlatformUrlOf(config).empty() ? nullptr : &history,
       delivery, budgets, kept_metrics, log, clock},
      KeptOptionsOf(config));
  JobsMetrics jobs_metrics(registry);
  JobWatches watches(loop.executor(), kept, jobs_metrics);
  WebhookSecrets secrets(config.webhook_secrets_file);
  secrets.Load();  // ValidateConfig found no mistake
  const WebhookTargets targets(config.webhook_allow);
  CurlWebhookPoster poster(loop.context(), targets, PosterOptionsOf(config));
  WebhookSender sender({loop.executor(), store, kept, poster, targets, secrets, jobs_metrics, log, clock});
  fal::KeySetClient keys(loop.context(), KeySetOptionsOf(config));
  FalWebhooks fal_webhooks(
      {loop.executor(), kept, KeysUrlOf(config).empty() ? nullptr : &keys, jobs_metrics, log, clock});
  const PageTokens tokens(config.fal_key);  // the one secret that all replicas have
  JobDesk desk({kept, watches, fal_webhooks, tokens, targets, secrets});
  Caretaker caretaker(loop.executor(), store, kept, budgets, kept_metrics, log, clock,
                      {.lease = config.lease});
  std::optional<Bill> bill;
  if (AsksForBill(config)) {
    bill.emplace(loop, registry, store.bill(), BillingOptionsOf(config), BillOptionsOf(config), log, clock);
  }
  Prices prices(catalogue);
  std::unique_ptr<fal::CurlFalPricing> pricing;
  std::unique_ptr<PriceWatch> price_watch;
  if (AsksForPrices(config)) {
    pricing = std::make_unique<fal::CurlFalPricing>(loop.context(), PricingOptionsOf(config));
    price_watch = std::make_unique<PriceWatch>(
        PriceWatch::Parts{loop.executor(), catalogue, prices, *pricing, registry, log, clock});
  }
  const Purchaser purchaser(catalogue, stack.top(), delivery, clock, &kept, bill ? &bill->notes() : nullptr,
                            &prices);
  const PromptHash prompt_hash(config.prompt_hash_key);
  Receipts receipts(registry, receipt_log, catalogue, prompt_hash);
  const CallerAuth callers(config.token_sha256);
  ByteBudget budget(config.max_bytes_in_flight.count);
  fal::SimulatorCheck simulator(config.fal_url, fetcher, clock);
  Server server({loop.context(), catalogue, purchaser, receipts, callers, budget, clock,
                 config.request_timeout, &kept, &desk, &simulator, &prices});
  const Result<std::string> grpc = server.Start(ServerOptionsOf(config));
  if (!grpc) {
    log.Error("start_failed", {{"message", grpc.error().message}});
    return kNotStarted;
  }
  const ProgramMetrics own("flux_service", log, [&server] { return server.CertificateEnd(); });
  AdminServer admin({&registry, &server.metrics(), &own}, [&server] { return server.NotReady(); });
  const Result<std::string> metrics = admin.Start(config.metrics_listen);
  if (!metrics) {
    log.Error("start_failed", {{"message", metrics.error().message}});
    server.Drain(std::chrono::milliseconds(0));
    return kNotStarted;
  }
  log.Info("listening", {{"name", "metrics"}, {"address", *metrics}});
  log.Info("listening", {{"name", "grpc"}, {"address", *grpc}});

  // A changed catalogue or key wants a restart; the TLS files are read again when they change.
  FileWatch files;
  if (config.tls.enabled()) {
    std::vector<std::string> names{config.tls.certificate_file, config.tls.key_file};
    if (config.tls.mutual()) names.push_back(config.tls.client_ca_file);
    files.Add(std::move(names), [&log, &server] {
      const std::string wrong = server.ReloadTls();
      if (wrong.empty()) {
        log.Info("certificate_loaded", {});
      } else {
        log.Error("certificate_kept", {{"message", wrong}});
      }
    });
  }
  if (!config.budgets_file.empty()) {
    files.Add({config.budgets_file}, [&log, &budgets] {
      const std::vector<std::string> wrong = budgets.Load();
      if (wrong.empty()) {
        log.Info("budgets_loaded", {});
      } else {
        log.Error("budgets_kept", {{"message", wrong.front()}});
      }
    });
  }
  if (!config.webhook_secrets_file.empty()) {
    files.Add({config.webhook_secrets_file}, [&log, &secrets] {
      const std::vector<std::string> wrong = secrets.Load();
      if (wrong.empty()) {
        log.Info("webhook_secrets_loaded", {});
      } else {
        log.Error("webhook_secrets_kept", {{"message", wrong.front()}});
      }
    });
  }
  caretaker.Start();
  sender.Start();
  if (bill) bill->Start();
  if (price_watch) price_watch->Start();
  files.Start();
  const int signal = AwaitSignal([&] {
    if (config.tls.enabled() || !config.budgets_file.empty() || !config.webhook_secrets_file.empty()) {
      log.Info("reloading", {});
      files.CheckNow();
    } else {
      log.Warn("nothing_to_reload", {});
    }
  });
  log.Info("draining", {{"signal", signal}});
  server.Retire();
  WaitOut(config.drain_delay);
  bool all_finished = false;
  {
    const GraceWatch second_signal([&server] { server.Hurry(); });
    all_finished = server.Drain(config.drain_grace);
  }
  files.Stop();
  if (bill) bill->WriteNotes();
  admin.Stop();
  loop.Stop();
  log.Info("stopped", {{"all_finished", all_finished}});
  return all_finished ? kStopped : kCutOff;
}

}  // namespace flux::service
