// SimConfig: the settings of flux-sim, their flags and what is wrong with them.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/options.h"

namespace flux::sim {

struct SimConfig {
  ListenAddress listen{"127.0.0.1:8090"};
  // Empty: next to `listen`, at the two ports after it, or at any port where `listen` has port 0.
  ListenAddress queue_listen;
  ListenAddress platform_listen;
  std::string retention_scale = "1";             // of the time that results of the queue are kept, see below
  std::chrono::milliseconds history_lag{3'000};  // of the platform's list of requests
  std::chrono::milliseconds billing_lag{3'000};  // of the platform's list of charges
  std::string public_url;                // empty: http(s):// and the address that the caller came in by
  std::chrono::milliseconds latency{0};  // added to each generation
  std::uint32_t max_concurrency = 0;     // 0: no limit
  std::uint32_t threads = 1024;          // connections served at a time, idle ones too
  std::uint64_t seed = 0;                // 0: random
  std::uint32_t pydantic = 2;            // wording of validation errors: 1 or 2
  std::string tls_cert;                  // PEM files; both or neither
  std::string tls_key;
  std::string key = "sim:sim";              // the only fal key that is accepted
  std::string billing_key = "sim:billing";  // the only one that may read the bill, and may do nothing else
};

void Declare(SimConfig& config, Options& options);

// The factor that `retention_scale` says.
double RetentionScale(const SimConfig& config);

// Where the queue (1) and the platform (2) listen: `address`, or where it is empty, so many ports after
// `listen`.
ListenAddress NextTo(const ListenAddress& listen, const ListenAddress& address, int ports);

// One sentence per mistake in the combination; empty when there is none.
std::vector<std::string> Validate(const SimConfig& config);

}  // namespace flux::sim
