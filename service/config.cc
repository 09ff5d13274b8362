// One declaration per setting.
#include "service/config.h"

#include <curl/curl.h>

#include <filesystem>
#include <memory>

#include "base/base64.h"
#include "base/ip_address.h"
#include "base/log.h"
#include "base/pem.h"
#include "base/request_id.h"
#include "service/catalogue/catalogue_file.h"
#include "service/fal_settings.h"
#include "service/jobs/webhook_secrets.h"
#include "service/jobs/webhook_targets.h"
#include "service/purchase/budget.h"
#include "service/rpc/caller_auth.h"
#include "service/store/open_store.h"
#include "service/wire/image_hosts.h"
#include "service/wire/url.h"

namespace flux::service {
namespace {

void CheckDoor(const ServiceConfig& config, std::vector<std::string>& problems) {
  const auto add = [&problems](std::string_view flag, const std::string& wrong) {
    if (!wrong.empty()) problems.push_back(std::string(flag) + ": " + wrong);
  };
  const TlsOptions& tls = config.tls;
  if (tls.certificate_file.empty() != tls.key_file.empty()) {
    add("--tls-cert", "goes together with --tls-key");
  } else if (tls.enabled()) {
    add("--tls-cert", CheckKeyPair(tls.certificate_file, tls.key_file));
  }
  if (!tls.client_ca_file.empty()) {
    add("--tls-client-ca", tls.enabled() ? CheckAuthorities(tls.client_ca_file) : "needs --tls-cert");
  }
  // gRPC's parser of headers can be kept busy by anybody who reaches it, so nobody does without a
  // certificate.
  if (!IsLocalListener(config.listen.text) && !tls.mutual() && !config.trust_network) {
    add("--listen",
        "\"" + config.listen.text +
            "\" can be reached from other machines: give --tls-cert, --tls-key and --tls-client-ca, "
            "so that only callers with a certificate come in, or say --trust-network=true where "
            "something else guards the network");
  }
  if (config.reflection != "auto" && config.reflection != "true" && config.reflection != "false") {
    add("--reflection", "must be true, false or auto");
  }
  if (config.max_connections == 0) add("--max-connections", "must be 1 or more");
  if (config.max_calls == 0) add("--max-calls", "must be 1 or more");
  for (const std::string& hash : config.token_sha256) {
    if (!IsSha256(hash)) add("--token-sha256", "a hash is 64 hex digits: printf %s TOKEN | sha256sum");
  }
}

void CheckStore(const ServiceConfig& config, std::vector<std::string>& problems) {
  const auto add = [&problems](std::string_view flag, const std::string& wrong) {
    if (!wrong.empty()) problems.push_back(std::string(flag) + ": " + wrong);
  };
  if (!config.store.empty()) {
    add("--store", CheckStoreText(config.store));
  } else if (!IsThisMachine(config.fal_url)) {
    add("--store",
        "say where purchases are remembered: sqlite:PATH, postgres://USER@HOST/DB, or memory, which forgets "
        "what was paid for when the program ends");
  }
  if (config.store_sync != "full" && config.store_sync != "normal")
    add("--store-sync", "must be full or normal");
  if (config.keyed_route != "queue" && config.keyed_route != "direct") {
    add("--keyed-route", "must be queue or direct");
  }
  if (config.result_ttl < std::chrono::minutes(1)) add("--result-ttl", "must be 1m or more");
  if (config.lease < std::chrono::seconds(1)) add("--lease", "must be 1s or more");
  for (const std::string& wrong : BudgetBook(config.budgets_file).Load()) add("--budgets-file", wrong);
}

// That of fal's keys has a path.
std::string CheckKeysUrl(const std::string& url, bool allow_http) {
  if (url.empty() || url == "auto") return {};
  const std::optional<fal::ReadUrl> read = fal::ParseUrl(url);
  const bool http = read && (read->origin.scheme == "http" || read->origin.scheme == "https");
  if (!http || read->has_user) return "is not http://HOST[:PORT]/PATH or https://HOST[:PORT]/PATH";
  if (read->origin.scheme == "http" && !allow_http && !IsThisMachine(url)) {
    return "must be https://, or --fal-allow-http=true be said for a simulator on a network of your own: "
           "whoever answers in fal's place could sign webhooks";
  }
  return {};
}

void CheckWebhooks(const ServiceConfig& config, std::vector<std::string>& problems) {
  const auto add = [&problems](std::string_view flag, const std::string& wrong) {
    if (!wrong.empty()) problems.push_back(std::string(flag) + ": " + wrong);
  };
  if (!config.public_url.empty()) {
    const std::string wrong = CheckUrl(config.public_url);
    if (!wrong.empty()) add("--public-url", "\"" + config.public_url + "\" " + wrong);
    if (wrong.empty() && KeysUrlOf(config).empty()) {
      add("--public-url", "needs --fal-keys-url, which tells fal's webhooks from others");
    }
  }
  const std::string keys = CheckKeysUrl(config.fal_keys_url, config.fal_allow_http);
  if (!keys.empty()) add("--fal-keys-url", "\"" + config.fal_keys_url + "\" " + keys);
  for (const std::string& item : config.webhook_allow) {
    if (const auto wrong = WebhookAllowProblem(item)) add("--webhook-allow", *wrong);
  }
  if (!config.webhook_ca_file.empty()) add("--webhook-ca-file", CheckAuthorities(config.webhook_ca_file));
  for (const std::string& wrong : WebhookSecrets(config.webhook_secrets_file).Load()) {
    add("--webhook-secrets-file", wrong);
  }
}

void CheckBill(const ServiceConfig& config, std::vector<std::string>& problems) {
  if (config.bill_every < std::chrono::seconds(1)) problems.emplace_back("--bill-every: must be 1s or more");
  if (config.bill_lag < std::chrono::seconds(1)) problems.emplace_back("--bill-lag: must be 1s or more");
  if (config.fal_billing_key.empty()) return;
  const std::string wrong = CheckKey(config.fal_billing_key);
  if (!wrong.empty()) problems.push_back("FAL_BILLING_KEY: " + wrong);
  if (PlatformUrlOf(config).empty()) {
    problems.emplace_back("FAL_BILLING_KEY: needs --fal-platform-url, where the bill is asked for");
  }
}

}  // namespace

void DeclareOptions(Options& options, ServiceConfig& config) {
  options.Add("--listen", "Address of the gRPC service: HOST:PORT or unix:PATH", config.listen);
  options.Add("--metrics-listen", "Address of /metrics, /healthz and /readyz", config.metrics_listen);
  options.Add("--fal-url", "Where fal.run is; point it at flux-sim to spend nothing", config.fal_url);
  options.Add("--fal-allow-http",
              "Take an http:// URL of another machine as --fal-url: the key travels in clear text",
              config.fal_allow_http);
  options.Add("--fal-ca-file", "PEM file of the authorities trusted for fal; empty: the system's",
              config.fal_ca_file);
  options.Add("--fal-max-concurrency",
              "Exchanges with fal at once; 0: no limit but the one fal teaches by its 429",
              config.fal_max_concurrency);
  options.Add("--fal-queue-length",
              "Most calls that wait, for a slot or for their resend; beyond it they fail at once",
              config.fal_queue_length);
  options.Add("--fal-queue-wait", "Longest wait of a call for its turn at fal", config.fal_queue_wait);
  options.Add("--fal-retries", "Most resends of a call that was certainly not billed: 0 to 2",
              config.fal_retries);
  options.Add("--catalogue", "JSON file of models to add or to put in place of built-in ones; empty: none",
              config.catalogue);
  options.Add("--fetch-hosts",
              "Hosts that pictures may be fetched from (fetch_images), beside --fal-url's; *.NAME: all below",
              config.fetch_hosts);
  options.Add("--request-timeout", "Longest a generation may take; a caller's shorter deadline wins",
              config.request_timeout);
  options.Add("--max-connection-age",
              "How long a caller's connection lasts, what runs on it finishes; 0: for ever",
              config.max_connection_age);
  options.Add("--drain-delay", "How long to go on as always, but not ready, after SIGTERM",
              config.drain_delay);
  options.Add("--drain-grace", "Longest wait for running generations after SIGTERM", config.drain_grace);
  options.Add("--max-message-bytes",
              "Largest gRPC message accepted; replies are paid for and sent whatever their size",
              config.max_message);
  options.Add("--max-bytes-in-flight",
              "Most bytes of requests and pictures held at a time; beyond it no new call",
              config.max_bytes_in_flight);
  options.Add("--tls-cert", "PEM file of the gRPC port's certificate chain; empty: no TLS",
              config.tls.certificate_file);
  options.Add("--tls-key", "PEM file of its private key", config.tls.key_file);
  options.Add("--tls-client-ca",
              "PEM file of the authorities of client certificates, which are then required",
              config.tls.client_ca_file);
  options.Add("--token-sha256",
              "SHA-256 hashes (hex) of the bearer tokens that callers must have one of; empty: none",
              config.token_sha256);
  options.Add(
      "--trust-network",
      "Serve without client certificates beyond loopback: something else guards the network (a mesh, a "
      "policy)",
      config.trust_network);
  options.Add("--max-connections", "Most connections of the gRPC port at a time", config.max_connections);
  options.Add("--max-connections-per-address",
              "Most of them from one address; 0: as many as there may be in all",
              config.max_connections_per_address);
  options.Add("--max-calls", "Most gRPC calls of any kind at a time; beyond it they fail at once",
              config.max_calls);
  options.Add("--reflection",
              "Whether gRPC reflection tells the contract to callers: true, false, or auto, which is true on "
              "loopback and unix sockets only",
              config.reflection);
  options.Add(
      "--store",
      "Where purchases are remembered: sqlite:PATH, postgres://USER@HOST/DB, or memory, which forgets "
      "them when the program ends; needed where --fal-url is not on this machine",
      config.store);
  options.Add(
      "--store-sync",
      "When a commit to an SQLite file counts: full, written to the disk; normal, handed to the system",
      config.store_sync);
  options.Add("--store-max-bytes",
              "Most bytes of an SQLite file; results go first, oldest first; 0: no limit", config.store_max);
  options.Add("--store-max-result-bytes",
              "Largest result whose pictures are kept as bytes; larger ones are in the first answer only",
              config.store_max_result);
  options.Add("--store-begin-anew",
              "Set a damaged SQLite file aside and begin an empty one; what it held is forgotten",
              config.store_begin_anew);
  options.Add(
      "--fal-queue-url",
      "Where queue.fal.run is; auto: fal's own if --fal-url is; empty: keyed purchases go to --fal-url",
      config.fal_queue_url);
  options.Add("--fal-platform-url",
              "Where api.fal.ai is, asked what became of lost purchases; auto: fal's own if --fal-url is; "
              "empty: never asked",
              config.fal_platform_url);
  options.Add("--fal-backup-url",
              "Where fal is asked once, when no connection to --fal-url comes about; auto: fal's own backup "
              "host if --fal-url is fal's; empty: nowhere",
              config.fal_backup_url);
  options.Add("--fal-queue-backup-url", "The same for --fal-queue-url", config.fal_queue_backup_url);
  options.Add(
      "--fal-store-io",
      "Whether fal keeps what it was sent and has made: on, off, or account, which is the setting of "
      "the account at fal; off: a purchase whose answer was lost cannot be looked up by what was sent",
      config.fal_store_io);
  options.Add("--price-source",
              "Who says what models cost: fal, asked at the start and every 6h where --fal-platform-url is "
              "known, or catalogue",
              config.price_source);
  options.Add(
      "--keyed-route",
      "How purchases with an idempotency key go: queue, which fal remembers, or direct, which is faster",
      config.keyed_route);
  options.Add("--result-ttl", "How long a purchase and its result are remembered after its end",
              config.result_ttl);
  options.Add("--unknown-for", "How long fal's history is asked for a purchase whose answer was lost",
              config.unknown_for);
  options.Add("--lease", "How soon another process takes over what one that died was buying", config.lease);
  options.Add("--budgets-file",
              "File of who may spend how much, one budget a line: NAME usd=AMOUNT per=day|month; NAME is a "
              "caller, * each other caller, total all together",
              config.budgets_file);
  options.Add(
      "--public-url",
      "Where the gateway is reached from the internet, https://HOST, so that fal sends its webhooks to "
      "/hooks/fal there; empty: fal is asked instead",
      config.public_url);
  options.Add("--fal-keys-url",
              "Where the public keys are with which fal signs its webhooks; auto: fal's own if --fal-url is; "
              "empty: webhooks are refused",
              config.fal_keys_url);
  options.Add("--webhook-secrets-file",
              "File of the secrets that sign webhooks to callers, one caller a line: NAME whsec_BASE64 "
              "[whsec_BASE64]",
              config.webhook_secrets_file);
  options.Add("--webhook-allow",
              "Receivers of webhooks that are not on the internet: HOST, HOST:PORT or a network such as "
              "10.0.0.0/8; hosts and addresses also by plain http",
              config.webhook_allow);
  options.Add("--webhook-ca-file",
              "PEM file of the authorities for receivers of webhooks; empty: the system's",
              config.webhook_ca_file);
  options.Add("--bill-every", "How often fal is asked what it charged, where FAL_BILLING_KEY is set",
              config.bill_every);
  options.Add(
      "--bill-lag",
      "How long a charge may take to be told or to become final; until then it is asked for again, and "
      "nothing is told of bill and records that do not agree",
      config.bill_lag);
  options.Add("--enable-logging", "One log line per generation and per exchange with fal",
              config.enable_logging, "ENABLE_LOGGING");
  options.Add("--log-level", "Least important lines that are written: info, warn or error", config.log_level);
  options.AddSecret("FAL_KEY", "fal API key, \"id:secret\"; required (flux-sim accepts sim:sim)",
                    config.fal_key);
  options.AddSecret(
      "FAL_BILLING_KEY",
      "fal key that may read the bill (billing:usage:read), \"id:secret\"; without one what fal "
      "charged is not looked at",
      config.fal_billing_key);
  options.AddSecret("FLUX_STORE_PASSWORD", "Password of the PostgreSQL of --store", config.store_password);
  options.AddSecret("FLUX_PROMPT_HASH_KEY",
                    "Key of the prompt hashes in receipts; without one they compare within one process only",
                    config.prompt_hash_key);
}

std::vector<std::string> ValidateConfig(const ServiceConfig& config) {
  std::vector<std::string> problems;
  CheckFal(config, problems);
  if (!config.fal_ca_file.empty()) {
    const std::string wrong = CheckAuthorities(config.fal_ca_file);
    if (!wrong.empty()) problems.push_back("--fal-ca-file: " + wrong);
  }
  constexpr std::uint32_t kMostCalls = 1'000'000;  // no machine has use for more: a slip of the finger
  if (config.fal_max_concurrency > kMostCalls)
    problems.emplace_back("--fal-max-concurrency: must be at most 1000000");
  if (config.fal_queue_length > kMostCalls)
    problems.emplace_back("--fal-queue-length: must be at most 1000000");
  if (config.max_bytes_in_flight.count < 3 * config.max_message.count) {
    problems.emplace_back("--max-bytes-in-flight: must be at least three times --max-message-bytes");
  }
  CheckDoor(config, problems);
  CheckStore(config, problems);
  CheckWebhooks(config, problems);
  CheckBill(config, problems);
  if (!FindLogLevel(config.log_level)) problems.emplace_back("--log-level: must be info, warn or error");
  for (const std::string& problem : LoadCatalogueFile(config.catalogue).problems) {
    problems.push_back("--catalogue: " + problem);
  }
  if (config.request_timeout < std::chrono::seconds(1))
    problems.emplace_back("--request-timeout: must be 1s or more");
  if (config.fal_retries > 2) problems.emplace_back("--fal-retries: must be 0 to 2");
  for (const std::string& host : config.fetch_hosts) {
    if (const auto problem = fal::HostPatternProblem(host)) problems.push_back("--fetch-hosts: " + *problem);
  }
  constexpr std::uint64_t kMost = (1ULL << 31) - 1;  // gRPC counts message bytes in an int
  if (config.max_message.count < 1024 || config.max_message.count > kMost) {
    problems.emplace_back("--max-message-bytes: must be between 1024 and 2147483647");
  }
  return problems;
}

fal::StackOptions FalOptions(const ServiceConfig& config) {
  fal::StackOptions options;
  options.wire.url = config.fal_url;
  options.wire.key = config.fal_key;
  options.wire.ca_file = config.fal_ca_file;
  options.wire.user_agent = UserAgent();
  options.wire.post_header = StoreIoHeaderOf(config);
  // A picture comes as base64, a third longer than the message it leaves in.
  options.wire.max_reply.count =
      std::max(options.wire.max_reply.count, Base64Size(config.max_message.count) + (1 << 20));
  options.governor.max_concurrency = config.fal_max_concurrency;
  options.governor.queue_length = config.fal_queue_length;
  options.governor.queue_wait = config.fal_queue_wait;
  options.resends = config.fal_retries;
  return options;
}

std::string KeysUrlOf(const ServiceConfig& config) {
  return FalUrl(config, config.fal_keys_url, "https://rest.fal.ai/.well-known/jwks.json");
}

fal::KeySetOptions KeySetOptionsOf(const ServiceConfig& config) {
  return {.url = KeysUrlOf(config), .ca_file = config.fal_ca_file, .user_agent = UserAgent()};
}

WebhookPosterOptions PosterOptionsOf(const ServiceConfig& config) {
  WebhookPosterOptions options;
  options.ca_file = config.webhook_ca_file;
  options.user_agent = UserAgent();
  return options;
}

fal::QueueOptions QueueOptionsOf(const ServiceConfig& config) {
  fal::QueueOptions options;
  if (!config.public_url.empty()) options.webhook_url = config.public_url + "/hooks/fal";
  options.url = QueueUrlOf(config);
  options.key = config.fal_key;
  options.ca_file = config.fal_ca_file;
  options.user_agent = UserAgent();
  options.post_header = StoreIoHeaderOf(config);
  options.max_reply = FalOptions(config).wire.max_reply;
  options.resends = config.fal_retries;
  return options;
}

fal::HistoryOptions HistoryOptionsOf(const ServiceConfig& config) {
  fal::HistoryOptions options;
  options.url = PlatformUrlOf(config);
  options.key = config.fal_key;
  options.ca_file = config.fal_ca_file;
  options.user_agent = UserAgent();
  return options;
}

bool AsksForBill(const ServiceConfig& config) {
  return !config.fal_billing_key.empty();
}

fal::BillingOptions BillingOptionsOf(const ServiceConfig& config) {
  fal::BillingOptions options;
  options.url = PlatformUrlOf(config);
  options.key = config.fal_billing_key;
  options.ca_file = config.fal_ca_file;
  options.user_agent = UserAgent();
  return options;
}

BillOptions BillOptionsOf(const ServiceConfig& config) {
  return {.every = config.bill_every, .lag = config.bill_lag};
}

StoreOptions StoreOptionsOf(const ServiceConfig& config) {
  StoreOptions options;
  options.text = config.store.empty() ? "memory" : config.store;
  options.password = config.store_password;
  options.sync = config.store_sync == "normal" ? StoreSync::kNormal : StoreSync::kFull;
  options.lease = config.lease;
  options.max_bytes = config.store_max.count;
  options.instance = NewRandomId();
  options.begin_anew = config.store_begin_anew;
  return options;
}

KeptOptions KeptOptionsOf(const ServiceConfig& config) {
  KeptOptions options;
  options.through_queue = config.keyed_route == "queue" && !QueueUrlOf(config).empty();
  options.result_ttl = std::chrono::duration_cast<std::chrono::seconds>(config.result_ttl);
  options.most_result_bytes = config.store_max_result.count;
  options.unknown_for = std::chrono::duration_cast<std::chrono::seconds>(config.unknown_for);
  options.direct_time = config.request_timeout;
  if (AsksForBill(config)) options.bill_lag = config.bill_lag;
  return options;
}

ServerOptions ServerOptionsOf(const ServiceConfig& config) {
  return {.listen = config.listen,
          .max_message = config.max_message,
          .tls = config.tls,
          .reflection = config.reflection == "true" ||
                        (config.reflection == "auto" && IsLocalListener(config.listen.text)),
          .max_connection_age = config.max_connection_age,
          .max_connections = config.max_connections,
          .max_connections_per_address = config.max_connections_per_address,
          .max_calls = config.max_calls};
}

fal::ImageFetcherOptions FetchOptions(const ServiceConfig& config) {
  fal::ImageFetcherOptions options;
  options.fal_url = config.fal_url;
  options.hosts = config.fetch_hosts;
  options.ca_file = config.fal_ca_file;
  options.user_agent = UserAgent();
  return options;
}

}  // namespace flux::service
