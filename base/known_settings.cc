// The list, and the comparison.
#include "base/known_settings.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/nearest.h"

namespace flux {
namespace {

constexpr std::string_view kPrefix = "FLUX_";

constexpr auto kKnown = std::to_array<std::string_view>({
    "FLUX_ADMIN_LISTEN",
    "FLUX_ALLOW_ANONYMOUS",
    "FLUX_ALLOW_EMPTY_KEYS",
    "FLUX_API_KEYS_FILE",
    "FLUX_BILL_EVERY",
    "FLUX_BILL_LAG",
    "FLUX_BUDGETS_FILE",
    "FLUX_CATALOGUE",
    "FLUX_DOCS",
    "FLUX_DRAIN_DELAY",
    "FLUX_DRAIN_GRACE",
    "FLUX_FAL_ALLOW_HTTP",
    "FLUX_FAL_CA_FILE",
    "FLUX_FAL_KEYS_URL",
    "FLUX_FAL_MAX_CONCURRENCY",
    "FLUX_FAL_PLATFORM_URL",
    "FLUX_FAL_QUEUE_LENGTH",
    "FLUX_FAL_QUEUE_URL",
    "FLUX_FAL_QUEUE_WAIT",
    "FLUX_FAL_RETRIES",
    "FLUX_FAL_URL",
    "FLUX_FETCH_HOSTS",
    "FLUX_KEYED_ROUTE",
    "FLUX_LEASE",
    "FLUX_LISTEN",
    "FLUX_LOG_LEVEL",
    "FLUX_LOOKS_PER_MINUTE",
    "FLUX_LOOPS",
    "FLUX_MAX_BODY_BYTES",
    "FLUX_MAX_BYTES_IN_FLIGHT",
    "FLUX_MAX_CALLS",
    "FLUX_MAX_CONNECTIONS",
    "FLUX_MAX_CONNECTIONS_PER_ADDRESS",
    "FLUX_MAX_CONNECTION_AGE",
    "FLUX_MAX_IN_FLIGHT",
    "FLUX_MAX_JOB_STREAMS",
    "FLUX_MAX_JOB_STREAMS_PER_CALLER",
    "FLUX_MAX_MESSAGE_BYTES",
    "FLUX_MAX_WAIT",
    "FLUX_METRICS_LISTEN",
    "FLUX_MODEL_ALIASES",
    "FLUX_PROMPT_HASH_KEY",
    "FLUX_PROMPT_HASH_KEY_FILE",
    "FLUX_PUBLIC_URL",
    "FLUX_RATE_LIMIT_STORE",
    "FLUX_REDIS_PASSWORD",
    "FLUX_REDIS_PASSWORD_FILE",
    "FLUX_REFLECTION",
    "FLUX_REQUEST_TIMEOUT",
    "FLUX_RESULT_TTL",
    "FLUX_SERVICE",
    "FLUX_SERVICE_CA_FILE",
    "FLUX_SERVICE_CONNECTION_AGE",
    "FLUX_SERVICE_LISTEN",  // scripts/run
    "FLUX_SERVICE_TLS_CERT",
    "FLUX_SERVICE_TLS_KEY",
    "FLUX_SERVICE_TOKEN",
    "FLUX_SERVICE_TOKEN_FILE",
    "FLUX_SIM_BILLING_KEY",
    "FLUX_SIM_BILLING_KEY_FILE",
    "FLUX_SIM_BILLING_LAG",
    "FLUX_SIM_HISTORY_LAG",
    "FLUX_SIM_KEY",
    "FLUX_SIM_KEY_FILE",
    "FLUX_SIM_LATENCY",
    "FLUX_SIM_LISTEN",
    "FLUX_SIM_MAX_CONCURRENCY",
    "FLUX_SIM_PLATFORM_LISTEN",
    "FLUX_SIM_PUBLIC_URL",
    "FLUX_SIM_PYDANTIC",
    "FLUX_SIM_QUEUE_LISTEN",
    "FLUX_SIM_RETENTION_SCALE",
    "FLUX_SIM_SEED",
    "FLUX_SIM_THREADS",
    "FLUX_SIM_TLS_CERT",
    "FLUX_SIM_TLS_KEY",
    "FLUX_STORE",
    "FLUX_STORE_BEGIN_ANEW",
    "FLUX_STORE_MAX_BYTES",
    "FLUX_STORE_MAX_RESULT_BYTES",
    "FLUX_STORE_PASSWORD",
    "FLUX_STORE_PASSWORD_FILE",
    "FLUX_STORE_SYNC",
    "FLUX_TLS_CERT",
    "FLUX_TLS_CLIENT_CA",
    "FLUX_TLS_KEY",
    "FLUX_TOKEN_SHA256",
    "FLUX_TRUSTED_PROXIES",
    "FLUX_TRUST_NETWORK",
    "FLUX_UNKNOWN_FIELDS",
    "FLUX_UNKNOWN_FOR",
    "FLUX_WEBHOOK_ALLOW",
    "FLUX_WEBHOOK_CA_FILE",
    "FLUX_WEBHOOK_SECRETS_FILE",
});

// Whether Kubernetes sets such a variable for a Service: NAME_SERVICE_HOST, NAME_SERVICE_PORT[_PORTNAME],
// NAME_PORT, NAME_PORT_NUMBER_TCP[_PROTO|_PORT|_ADDR].
bool IsServiceLink(std::string_view name) {
  if (name.ends_with("_SERVICE_HOST") || name.ends_with("_PORT")) return true;
  if (name.find("_SERVICE_PORT") != std::string_view::npos) return true;
  const std::size_t port = name.find("_PORT_");
  if (port == std::string_view::npos) return false;
  const std::string_view after = name.substr(port + 6);
  return !after.empty() && std::isdigit(static_cast<unsigned char>(after.front())) != 0;
}

}  // namespace

std::span<const std::string_view> KnownSettings() {
  static_assert(std::ranges::is_sorted(kKnown));
  return kKnown;
}

std::vector<std::string> UnknownSettings(const Environment& env) {
  std::vector<std::string> unknown;
  for (auto at = env.lower_bound(kPrefix); at != env.end() && at->first.starts_with(kPrefix); ++at) {
    const std::string& name = at->first;
    if (std::ranges::binary_search(kKnown, std::string_view(name)) || IsServiceLink(name)) continue;
    const std::string_view meant = Nearest(name, kKnown);
    unknown.push_back(name + ": no such setting" +
                      (meant.empty() ? std::string() : "; did you mean " + std::string(meant) + "?"));
  }
  return unknown;
}

}  // namespace flux
