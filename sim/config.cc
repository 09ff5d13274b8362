// Declares the simulator's settings. Their environment names start with FLUX_SIM_, so that settings meant for
// flux-service do not reach the simulator.
#include "sim/config.h"

namespace flux::sim {
namespace {

// More than 1,024 is for those who need it: descriptors beyond that are waited for without a time-out of
// their own, and each thread with an idle connection looks at it 100 times a second (httplib 0.11.4).
constexpr std::uint32_t kMostThreads = 16'384;

}  // namespace

void Declare(SimConfig& config, Options& options) {
  options.Add("--listen", "Address to serve on, as fal.run and the host of its files", config.listen,
              "FLUX_SIM_LISTEN");
  options.Add("--public-url", "What the URLs of pictures start with; empty: the address that the caller used",
              config.public_url, "FLUX_SIM_PUBLIC_URL");
  options.Add("--latency", "Time added to each generation", config.latency, "FLUX_SIM_LATENCY");
  options.Add("--max-concurrency", "Generations at a time, above it 429; 0: no limit", config.max_concurrency,
              "FLUX_SIM_MAX_CONCURRENCY");
  options.Add("--threads", "Connections served at a time, each by a thread of its own; more wait",
              config.threads, "FLUX_SIM_THREADS");
  options.Add("--seed", "Makes seeds and ids repeat from run to run; 0: random", config.seed,
              "FLUX_SIM_SEED");
  options.Add("--pydantic", "Wording of validation errors: 1 or 2", config.pydantic, "FLUX_SIM_PYDANTIC");
  options.Add("--tls-cert", "PEM certificate chain; serves https", config.tls_cert, "FLUX_SIM_TLS_CERT");
  options.Add("--tls-key", "PEM private key", config.tls_key, "FLUX_SIM_TLS_KEY");
  options.AddSecret("FLUX_SIM_KEY", "the fal key that is accepted, ID:SECRET; sim:sim unless set",
                    config.key);
}

std::vector<std::string> Validate(const SimConfig& config) {
  std::vector<std::string> problems;
  if (config.listen.text.starts_with("unix:"))
    problems.emplace_back("--listen: wanted HOST:PORT or [IPV6]:PORT");
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
  return problems;
}

}  // namespace flux::sim
