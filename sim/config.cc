// Declares the simulator's settings. Their environment names start with FLUX_SIM_, so that settings meant for
// flux-service do not reach the simulator.
#include "sim/config.h"

#include <absl/strings/numbers.h>

#include <utility>

#include "base/ip_address.h"

namespace flux::sim {
namespace {

// More than 1,024 is for those who need it: descriptors beyond that are waited for without a time-out of
// their own, and each thread with an idle connection looks at it 100 times a second (httplib 0.11.4).
constexpr std::uint32_t kMostThreads = 16'384;
constexpr double kMostRetentionScale = 100'000;

}  // namespace

void Declare(SimConfig& config, Options& options) {
  options.Add("--listen", "Address to serve on, as fal.run and the host of its files", config.listen,
              "FLUX_SIM_LISTEN");
  options.Add("--queue-listen", "Address to serve on as queue.fal.run; empty: the port after --listen",
              config.queue_listen, "FLUX_SIM_QUEUE_LISTEN");
  options.Add("--platform-listen", "Address to serve on as api.fal.ai; empty: the second port after --listen",
              config.platform_listen, "FLUX_SIM_PLATFORM_LISTEN");
  options.Add("--public-url", "What the URLs of pictures start with; empty: the address that the caller used",
              config.public_url, "FLUX_SIM_PUBLIC_URL");
  options.Add("--latency", "Time added to each generation", config.latency, "FLUX_SIM_LATENCY");
  options.Add("--max-concurrency", "Generations at a time, above it 429, or in the queue a wait; 0: no limit",
              config.max_concurrency, "FLUX_SIM_MAX_CONCURRENCY");
  options.Add("--threads", "Connections served at a time, each by a thread of its own; more wait",
              config.threads, "FLUX_SIM_THREADS");
  options.Add("--retention-scale",
              "Factor on the time that results of the queue are kept: an hour, or six minutes from 10 KB on",
              config.retention_scale, "FLUX_SIM_RETENTION_SCALE");
  options.Add("--history-lag",
              "How long after a request is sent, and after it has ended, the platform tells so",
              config.history_lag, "FLUX_SIM_HISTORY_LAG");
  options.Add("--billing-lag", "How long after a request was made the platform tells what it cost",
              config.billing_lag, "FLUX_SIM_BILLING_LAG");
  options.Add("--seed", "Makes seeds and ids repeat from run to run; 0: random", config.seed,
              "FLUX_SIM_SEED");
  options.Add("--pydantic", "Wording of validation errors: 1 or 2", config.pydantic, "FLUX_SIM_PYDANTIC");
  options.Add("--tls-cert", "PEM certificate chain; serves https", config.tls_cert, "FLUX_SIM_TLS_CERT");
  options.Add("--tls-key", "PEM private key", config.tls_key, "FLUX_SIM_TLS_KEY");
  options.AddSecret("FLUX_SIM_KEY", "the fal key that is accepted, ID:SECRET; sim:sim unless set",
                    config.key);
  options.AddSecret("FLUX_SIM_BILLING_KEY",
                    "the fal key that may read the bill, ID:SECRET; sim:billing unless set",
                    config.billing_key);
}

double RetentionScale(const SimConfig& config) {
  double scale = 0;
  return absl::SimpleAtod(config.retention_scale, &scale) ? scale : 0;
}

ListenAddress NextTo(const ListenAddress& listen, const ListenAddress& address, int ports) {
  if (!address.text.empty()) return address;
  std::string host;
  int port = 0;
  if (!SplitHostPort(listen.text, host, port)) return listen;
  const std::string before = listen.text.substr(0, listen.text.rfind(':') + 1);
  return {before + std::to_string(port == 0 ? 0 : port + ports)};
}

std::vector<std::string> Validate(const SimConfig& config) {
  std::vector<std::string> problems;
  const std::pair<const char*, const ListenAddress&> addresses[] = {
      {"--listen", config.listen},
      {"--queue-listen", config.queue_listen},
      {"--platform-listen", config.platform_listen}};
  for (const auto& [flag, address] : addresses) {
    if (address.text.starts_with("unix:"))
      problems.push_back(std::string(flag) + ": wanted HOST:PORT or [IPV6]:PORT");
  }
  // An hour times the most is ten years.
  if (const double scale = RetentionScale(config); !(scale > 0 && scale <= kMostRetentionScale)) {
    problems.emplace_back("--retention-scale: wanted a number above 0, at most 100000");
  }
  if (config.threads < 1 || config.threads > kMostThreads)
    problems.emplace_back("--threads: wanted 1 to 16384");
  if (config.pydantic != 1 && config.pydantic != 2) problems.emplace_back("--pydantic: wanted 1 or 2");
  if (config.tls_cert.empty() != config.tls_key.empty()) {
    problems.emplace_back("--tls-cert and --tls-key: wanted both or neither");
  }
  const std::string& url = config.public_url;
  const bool absolute = url.starts_with("http://") || url.starts_with("https://");
  if (!url.empty() && (!absolute || url.ends_with('/'))) {
    problems.emplace_back(
        "--public-url: wanted http://HOST[:PORT] or https://HOST[:PORT], without a slash at the end");
  }
  if (config.key.find(':') == std::string::npos || config.key.starts_with("locked:")) {
    problems.emplace_back("FLUX_SIM_KEY: wanted ID:SECRET with an ID other than \"locked\"");
  }
  if (config.billing_key.find(':') == std::string::npos || config.billing_key == config.key) {
    problems.emplace_back("FLUX_SIM_BILLING_KEY: wanted ID:SECRET, another than FLUX_SIM_KEY");
  }
  return problems;
}

}  // namespace flux::sim
