// One declaration per setting.
#include "gateway/config.h"

#include "base/log.h"
#include "base/pem.h"
#include "gateway/doors/openai/model_aliases.h"
#include "gateway/guard/rate/redis_address.h"
#include "gateway/guard/rate/redis_store.h"
#include "gateway/http/web_url.h"

namespace flux::gateway {
namespace {

// What no machine has use for, so that a slip of the finger is told instead of obeyed.
constexpr std::uint64_t kMostConnections = 1'000'000;
constexpr std::uint64_t kMostLoops = 256;
constexpr std::uint64_t kMostPerMinute = 1'000'000;

// Who may spend, and how often.
void CheckAdmission(const GatewayConfig& config, std::vector<std::string>& problems) {
  if (!config.api_keys_file.empty()) {
    for (const std::string& wrong : LoadApiKeys(config.api_keys_file, config.allow_empty_keys).problems) {
      problems.push_back("--api-keys-file: " + config.api_keys_file + " " + wrong);
    }
  } else if (!config.allow_anonymous && !IsLocalListener(config.listen.text)) {
    problems.push_back("--listen: at " + config.listen.text +
                       " whoever reaches it could spend your money; set --api-keys-file, or "
                       "--allow-anonymous if that is what you want");
  }
  for (const std::string& proxy : config.trusted_proxies) {
    if (const std::string wrong = CheckTrustedProxy(proxy); !wrong.empty()) {
      problems.push_back("--trusted-proxies: " + wrong);
    }
  }
  if (config.rate_limit_per_minute > kMaxRate) {
    problems.push_back("--rate-limit-per-minute: must be 0 (no limit) to " + std::to_string(kMaxRate));
  }
  if (config.rate_limit_store == "memory") return;
  RedisAddress address;
  const std::string wrong = ParseRedisAddress(config.rate_limit_store, address);
  if (!wrong.empty()) problems.push_back("--rate-limit-store: " + wrong);
  if (!address.user.empty() && config.redis_password.empty()) {
    problems.emplace_back("--rate-limit-store: a user needs its password in FLUX_REDIS_PASSWORD");
  }
}

void CheckTls(const GatewayConfig& config, std::vector<std::string>& problems) {
  const auto add = [&problems](std::string_view flag, const std::string& wrong) {
    if (!wrong.empty()) problems.push_back(std::string(flag) + ": " + wrong);
  };
  if (!config.service_ca_file.empty()) add("--service-ca-file", CheckAuthorities(config.service_ca_file));
  if (config.tls_cert.empty() != config.tls_key.empty()) {
    add("--tls-cert", "goes together with --tls-key");
  } else if (!config.tls_cert.empty()) {
    add("--tls-cert", CheckKeyPair(config.tls_cert, config.tls_key));
  }
  if (config.service_tls_cert.empty() != config.service_tls_key.empty()) {
    add("--service-tls-cert", "goes together with --service-tls-key");
  } else if (!config.service_tls_cert.empty()) {
    add("--service-tls-cert", CheckKeyPair(config.service_tls_cert, config.service_tls_key));
    if (config.service_ca_file.empty()) add("--service-tls-cert", "needs --service-ca-file");
  }
  if (!config.service_token.empty() && !IsTrustedChannel(BackendOptionsOf(config))) {
    add("FLUX_SERVICE_TOKEN", "would be sent in clear text to " + config.service + "; set --service-ca-file");
  }
}

}  // namespace

void DeclareOptions(Options& options, GatewayConfig& config) {
  options.AddCommand("keygen",
                     "Make an API key and its line for --api-keys-file: flux-gateway keygen NAME; or, with "
                     "--webhook NAME, the secret that signs a caller's webhooks");
  options.Add("--listen", "Address of the public API: HOST:PORT, [IPV6]:PORT or unix:PATH", config.listen);
  options.Add("--admin-listen", "Address of /metrics, /healthz and /readyz; not for the public",
              config.admin_listen);
  options.Add(
      "--tls-cert",
      "PEM file of the public address's certificate, with what leads to its authority; makes it HTTPS",
      config.tls_cert);
  options.Add("--tls-key", "PEM file of its private key", config.tls_key);
  options.Add("--service", "Where flux-service is: any gRPC target, such as dns:///NAME:PORT or unix:PATH",
              config.service);
  options.Add("--service-ca-file",
              "PEM file of the authorities that may vouch for flux-service; makes the connection TLS",
              config.service_ca_file);
  options.Add("--service-tls-cert", "PEM file of the certificate shown to flux-service (mutual TLS)",
              config.service_tls_cert);
  options.Add("--service-tls-key", "PEM file of its private key", config.service_tls_key);
  options.Add("--service-connection-age",
              "How long a connection to flux-service is used before a new one takes its place; less than "
              "flux-service's --max-connection-age; 0: as long as it holds",
              config.service_connection_age);
  options.Add("--allowed-hosts",
              "Hosts that are served, comma separated, *.example.com for all below; empty: any",
              config.allowed_hosts, "ALLOWED_HOSTS");
  options.Add("--allowed-origins", "Web origins that browsers may call from, comma separated; empty: any",
              config.allowed_origins, "ALLOWED_ORIGINS");
  options.Add("--api-keys-file",
              "File of who may spend, one key a line: NAME SHA256HEX [rate=N] [concurrency=N] [models=A,B/*] "
              "[webhook=URL]",
              config.api_keys_file);
  options.Add("--allow-empty-keys", "Take a file of keys that holds none for what is meant: nobody may call",
              config.allow_empty_keys);
  options.Add("--allow-anonymous",
              "Serve callers without a key, beside those who have one or to all the world",
              config.allow_anonymous);
  options.Add("--trusted-proxies",
              "Proxies whose Forwarded and X-Forwarded-For are believed: addresses, networks, unix",
              config.trusted_proxies);
  options.Add("--rate-limit-per-minute",
              "Generations a minute of each key that says no other, and of each address; 0: no limit",
              config.rate_limit_per_minute, "RATE_LIMIT_PER_MINUTE");
  options.Add("--rate-limit-store",
              "Where they are counted: memory, or redis://HOST:PORT/DB for several gateways together",
              config.rate_limit_store);
  options.Add("--looks-per-minute",
              "Looks at jobs and at what was spent a minute, of each caller, counted here alone; 0: no limit",
              config.looks_per_minute);
  options.Add("--max-body-bytes", "Largest request body", config.max_body);
  options.Add("--max-bytes-in-flight", "Most bytes of request and reply bodies held at a time; beyond it 503",
              config.max_bytes_in_flight);
  options.Add("--max-in-flight", "Most requests worked on at a time; beyond it 503", config.max_in_flight);
  options.Add("--max-connections", "Most open connections; beyond it 503", config.max_connections);
  options.Add("--loops", "Threads that serve connections; 0: one per core", config.loops);
  options.Add("--request-timeout", "Longest a request may take", config.request_timeout);
  options.Add("--max-wait",
              "Longest a reply is held because Prefer: wait=N asks for it; then it is 202 and a job",
              config.max_wait);
  options.Add("--max-job-streams", "Most streams of events of jobs at a time; beyond it 503",
              config.max_job_streams);
  options.Add("--max-job-streams-per-caller", "The same of one caller; beyond it 429",
              config.max_job_streams_per_caller);
  options.Add(
      "--public-url",
      "Where this gateway is reached from outside, such as https://flux.example.com; makes it take fal's "
      "webhooks at /hooks/fal (flux-service has to be told the same); empty: it takes none",
      config.public_url);
  options.Add("--drain-delay", "How long to go on as always, but not ready, after SIGTERM",
              config.drain_delay);
  options.Add("--drain-grace", "Longest wait for running requests after SIGTERM", config.drain_grace);
  options.Add("--max-message-bytes", "Largest gRPC message sent; replies are taken whatever their size",
              config.max_message);
  options.Add("--unknown-fields",
              "Fields of a request that no model knows: warn (left out and told in the reply) or refuse",
              config.unknown_fields);
  options.Add("--model-aliases",
              "JSON file of names that OpenAI clients may ask for, and the models they stand for; empty: "
              "gpt-image-*, chatgpt-image-*, dall-e-* and the default stand for flux-2",
              config.model_aliases_file);
  options.Add("--docs", "Describe the API to whoever asks: /openapi.json for programs, /docs for people",
              config.docs);
  options.Add(
      "--playground",
      "A page to try the models on, at /: true, false, or auto, which is true on loopback and unix sockets "
      "only; whoever opens it still needs a key where one is asked for",
      config.playground);
  options.Add("--enable-logging", "One access log line per request", config.enable_logging, "ENABLE_LOGGING");
  options.Add("--log-level", "Least important lines that are written: info, warn or error", config.log_level);
  options.AddSecret("FLUX_SERVICE_TOKEN",
                    "Bearer token shown to flux-service; needs a channel nobody else can read",
                    config.service_token);
  options.AddSecret("FLUX_REDIS_PASSWORD", "Password of the Redis of --rate-limit-store",
                    config.redis_password);
}

std::vector<std::string> ValidateConfig(const GatewayConfig& config) {
  std::vector<std::string> problems;
  for (const std::string& origin : config.allowed_origins) {
    if (const std::string wrong = CheckOrigin(origin); !wrong.empty()) {
      problems.push_back("--allowed-origins: " + wrong);
    }
  }
  for (const std::string& host : config.allowed_hosts) {
    if (const std::string wrong = CheckHost(host); !wrong.empty()) {
      problems.push_back("--allowed-hosts: " + wrong);
    }
  }
  CheckAdmission(config, problems);
  const auto positive = [&problems](const char* flag, std::uint64_t value) {
    if (value == 0) problems.push_back(std::string(flag) + ": must be 1 or more");
  };
  const auto at_most = [&problems](const char* flag, std::uint64_t value, std::uint64_t most) {
    if (value > most) problems.push_back(std::string(flag) + ": must be at most " + std::to_string(most));
  };
  positive("--max-in-flight", config.max_in_flight);
  at_most("--max-in-flight", config.max_in_flight, kMostConnections);
  positive("--max-connections", config.max_connections);
  at_most("--max-connections", config.max_connections, kMostConnections);
  at_most("--loops", config.loops, kMostLoops);
  at_most("--rate-limit-per-minute", config.rate_limit_per_minute, kMostPerMinute);
  at_most("--looks-per-minute", config.looks_per_minute, kMostPerMinute);
  positive("--max-job-streams", config.max_job_streams);
  at_most("--max-job-streams", config.max_job_streams, kMostConnections);
  positive("--max-job-streams-per-caller", config.max_job_streams_per_caller);
  at_most("--max-job-streams-per-caller", config.max_job_streams_per_caller, kMostConnections);
  if (!config.public_url.empty()) {
    const std::string_view wrong = FaultOfWebUrl(config.public_url);
    if (!wrong.empty()) problems.push_back("--public-url: " + std::string(wrong));
    if (wrong.empty() && config.public_url.find('?') != std::string::npos) {
      problems.emplace_back("--public-url: must not have a query");
    }
  }
  positive("--max-body-bytes", config.max_body.count);
  if (config.max_bytes_in_flight < config.max_body) {
    problems.emplace_back("--max-bytes-in-flight: must be at least --max-body-bytes");
  }
  // A body as a message is the same picture or less; what surrounds it fits in a mebibyte.
  if (config.max_body.count + (1ULL << 20) > config.max_message.count) {
    problems.emplace_back("--max-body-bytes: must be at least 1MiB below --max-message-bytes");
  }
  if (config.service.empty()) problems.emplace_back("--service: must name a gRPC target");
  if (const std::string_view target = config.service;
      target.find("://") != std::string_view::npos &&
      (target.starts_with("http") || target.starts_with("grpc"))) {
    problems.push_back("--service: \"" + config.service +
                       "\" is a URL; a gRPC target is HOST:PORT, dns:///NAME:PORT or unix:PATH" +
                       (target.starts_with("https") || target.starts_with("grpcs")
                            ? ", and --service-ca-file makes it TLS"
                            : ""));
  }
  CheckTls(config, problems);
  if (config.unknown_fields != "warn" && config.unknown_fields != "refuse") {
    problems.emplace_back("--unknown-fields: must be warn or refuse");
  }
  if (config.playground != "auto" && config.playground != "true" && config.playground != "false") {
    problems.emplace_back("--playground: must be true, false or auto");
  }
  if (!config.model_aliases_file.empty()) {
    for (const std::string& wrong : LoadAliases(config.model_aliases_file).problems) {
      problems.push_back("--model-aliases: " + config.model_aliases_file + " " + wrong);
    }
  }
  if (!FindLogLevel(config.log_level)) problems.emplace_back("--log-level: must be info, warn or error");
  // flux-service buys nothing for callers who leave sooner than a picture can be made.
  if (config.request_timeout < std::chrono::seconds(2))
    problems.emplace_back("--request-timeout: must be 2s or more");
  constexpr std::uint64_t kMost = (1ULL << 31) - 1;  // gRPC counts message bytes in an int
  if (config.max_message.count < 1024 || config.max_message.count > kMost) {
    problems.emplace_back("--max-message-bytes: must be between 1024 and 2147483647");
  }
  return problems;
}

Limits LimitsOf(const GatewayConfig& config) {
  Limits limits;
  limits.max_body_bytes = config.max_body.count;
  limits.max_bytes_in_flight = config.max_bytes_in_flight.count;
  limits.max_connections = config.max_connections;
  return limits;
}

GuardOptions GuardOptionsOf(const GatewayConfig& config) {
  return {config.allowed_hosts, config.allowed_origins, config.max_in_flight, config.request_timeout,
          !config.tls_cert.empty()};
}

AdmissionOptions AdmissionOptionsOf(const GatewayConfig& config) {
  return {config.allow_anonymous, config.rate_limit_per_minute, config.looks_per_minute,
          config.trusted_proxies};
}

std::unique_ptr<RateLimitStore> OpenRateLimitStore(const GatewayConfig& config, Log& log) {
  RedisAddress address;
  if (!ParseRedisAddress(config.rate_limit_store, address).empty()) return nullptr;
  return std::make_unique<RedisStore>(std::move(address), config.redis_password, log);
}

PublicDoorsOptions DoorsOptionsOf(const GatewayConfig& config) {
  const bool local = IsLocalListener(config.listen.text);
  return {.max_body = config.max_body.count,
          .unknown_fields = config.unknown_fields == "refuse" ? UnknownFields::kRefuse : UnknownFields::kWarn,
          .https = !config.tls_cert.empty(),
          .docs = config.docs,
          .playground = config.playground == "true" || (config.playground == "auto" && local),
          .hooks = !config.public_url.empty(),
          .max_wait = config.max_wait,
          .watchers = {.most_streams = config.max_job_streams,
                       .most_streams_each = config.max_job_streams_per_caller}};
}

GrpcBackendOptions BackendOptionsOf(const GatewayConfig& config) {
  return {config.service,         config.max_message,   config.service_ca_file,       config.service_tls_cert,
          config.service_tls_key, config.service_token, config.service_connection_age};
}

}  // namespace flux::gateway
