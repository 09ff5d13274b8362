// GatewayConfig: every setting of flux-gateway, filled once before anything starts.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/options.h"
#include "gateway/backend/grpc_backend.h"
#include "gateway/doors/public_doors.h"
#include "gateway/guard/admission.h"
#include "gateway/guard/guard.h"
#include "gateway/http/limits.h"

namespace flux::gateway {

struct GatewayConfig {
  ListenAddress listen{"127.0.0.1:8080"};
  ListenAddress admin_listen{"127.0.0.1:9090"};
  std::string tls_cert;
  std::string tls_key;
  std::string service = "127.0.0.1:50051";
  std::string service_ca_file;
  std::string service_tls_cert;
  std::string service_tls_key;
  std::string service_token;
  std::chrono::milliseconds service_connection_age{240'000};
  std::vector<std::string> allowed_hosts;    // empty: any
  std::vector<std::string> allowed_origins;  // empty: any, as today
  std::string api_keys_file;                 // empty: none are asked for
  bool allow_empty_keys = false;
  bool allow_anonymous = false;
  std::vector<std::string> trusted_proxies;
  std::uint32_t rate_limit_per_minute = 60;
  std::string rate_limit_store = "memory";
  std::string redis_password;
  std::uint32_t looks_per_minute = 6'000;
  // 64 MB of picture as base64, and room for a second, smaller one.
  Bytes max_body{100ULL << 20};
  // 1 GiB: ten bodies of the largest kind, thousands of the usual one.
  Bytes max_bytes_in_flight{1ULL << 30};
  std::uint32_t max_in_flight = 10'000;
  std::uint32_t max_connections = 20'000;
  std::uint32_t loops = 0;  // 0: one per core
  std::chrono::milliseconds request_timeout{120'000};
  // Balancers cut silent waits at 60 s and more.
  std::chrono::milliseconds max_wait{55'000};
  std::uint32_t max_job_streams = 10'000;
  std::uint32_t max_job_streams_per_caller = 1'000;
  std::string public_url;  // empty: fal is told of none
  // Nobody balances on the defaults' loopback address; behind a balancer: its probe period and one miss.
  std::chrono::milliseconds drain_delay{0};
  std::chrono::milliseconds drain_grace{30'000};
  Bytes max_message{128ULL << 20};
  std::string unknown_fields = "warn";
  std::string model_aliases_file;  // empty: the built-in ones
  bool docs = true;
  std::string playground = "auto";
  bool enable_logging = true;
  std::string log_level = "info";
};

// Declares every setting on `options`, bound to `config`.
void DeclareOptions(Options& options, GatewayConfig& config);

// What is wrong with the combination.
std::vector<std::string> ValidateConfig(const GatewayConfig& config);

// The parts of the configuration that each room needs.
Limits LimitsOf(const GatewayConfig& config);
GuardOptions GuardOptionsOf(const GatewayConfig& config);
AdmissionOptions AdmissionOptionsOf(const GatewayConfig& config);
// Null where limits are counted in memory. Borrows the log.
std::unique_ptr<RateLimitStore> OpenRateLimitStore(const GatewayConfig& config, Log& log);
PublicDoorsOptions DoorsOptionsOf(const GatewayConfig& config);
GrpcBackendOptions BackendOptionsOf(const GatewayConfig& config);

}  // namespace flux::gateway
