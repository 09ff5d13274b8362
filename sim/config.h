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
  std::string public_url;                // empty: http(s):// and the address that the caller came in by
  std::chrono::milliseconds latency{0};  // added to each generation
  std::uint32_t max_concurrency = 0;     // 0: no limit
  std::uint32_t threads = 1024;          // connections served at a time, idle ones too
  std::uint64_t seed = 0;                // 0: random
  std::uint32_t pydantic = 2;            // wording of validation errors: 1 or 2
  std::string tls_cert;                  // PEM files; both or neither
  std::string tls_key;
  std::string key = "sim:sim";  // the only fal key that is accepted
};

void Declare(SimConfig& config, Options& options);

// One sentence per mistake in the combination; empty when there is none.
std::vector<std::string> Validate(const SimConfig& config);

}  // namespace flux::sim
