// ServiceConfig: every setting of flux-service, filled once before anything starts.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/options.h"
#include "service/bill/bill_keeper.h"
#include "service/jobs/webhook_poster.h"
#include "service/purchase/kept.h"
#include "service/rpc/server.h"
#include "service/store/store_options.h"
#include "service/wire/billing_client.h"
#include "service/wire/image_fetcher.h"
#include "service/wire/key_set_client.h"
#include "service/wire/platform_client.h"
#include "service/wire/queue_client.h"
#include "service/wire/stack.h"

namespace flux::service {

struct ServiceConfig {
  ListenAddress listen{"127.0.0.1:50051"};
  ListenAddress metrics_listen{"127.0.0.1:9091"};
  std::string fal_url = "https://fal.run";
  bool fal_allow_http = false;
  std::string fal_ca_file;
  std::string fal_key;
  // 0: fal's limit is 2 to 40 and grows with the account (fal-api §2); it is learned where it is met.
  std::uint32_t fal_max_concurrency = 0;
  std::uint32_t fal_queue_length = 1000;
  // 30 s: what a caller gives up on by itself; with an image of 1 to 15 s it is some rounds of slots.
  std::chrono::milliseconds fal_queue_wait{30'000};
  std::uint32_t fal_retries = 2;
  // Path of a catalogue file (service/catalogue/catalogue_file.h); empty: the built-in models.
  std::string catalogue;
  // Where fal's pictures are (fal-api §1.6).
  std::vector<std::string> fetch_hosts{"fal.media", "*.fal.media"};
  // 120 s: fal's FLUX models take 1 to 15 s plus a cold start (fal-api §2 recommends 60 to 120 s).
  std::chrono::milliseconds request_timeout{120'000};
  // Callers resolve the service's name only when a connection ends, so this is how soon a replica that was
  // added gets its share of calls.
  std::chrono::milliseconds max_connection_age{300'000};
  // Nobody balances on the defaults' loopback address; behind a balancer: its probe period and one miss.
  std::chrono::milliseconds drain_delay{0};
  // 30 s: longer than nearly every image, shorter than the usual patience of an orchestrator plus its margin.
  std::chrono::milliseconds drain_grace{30'000};
  // 64 MB of picture is 86 MB as base64 in fal's JSON and 64 MB as bytes here; twice that for two pictures.
  Bytes max_message{128ULL << 20};
  // 2 GiB: eight requests of the largest kind with the JSON made from them, thousands of the usual one.
  Bytes max_bytes_in_flight{2ULL << 30};
  TlsOptions tls;
  std::vector<std::string> token_sha256;
  std::string reflection = "auto";
  bool trust_network = false;
  // 1,000: every replica of the gateway has one, every other caller one or a few.
  std::uint32_t max_connections = 1000;
  std::uint32_t max_connections_per_address = 250;
  // 20,000: two gateways at the most they have in flight by default.
  std::uint32_t max_calls = 20'000;
  // Where purchases are remembered; empty: "memory" towards this machine, else a mistake.
  std::string store;
  std::string store_password;
  std::string store_sync = "full";
  Bytes store_max{10ULL << 30};
  Bytes store_max_result{16ULL << 20};
  bool store_begin_anew = false;
  // "auto": fal's own hosts where --fal-url is fal's own, else none.
  std::string fal_queue_url = "auto";
  std::string fal_platform_url = "auto";
  // "auto": fal's own backup hosts where --fal-url is fal's own, else none.
  std::string fal_backup_url = "auto";
  std::string fal_queue_backup_url = "auto";
  std::string fal_store_io = "account";
  std::string price_source = "fal";
  std::string keyed_route = "queue";
  std::chrono::milliseconds result_ttl{86'400'000};
  std::chrono::milliseconds unknown_for{1'800'000};
  std::chrono::milliseconds lease{15'000};
  std::string budgets_file;
  // Where the gateway is reached from the internet, for fal's webhooks; empty: fal sends none.
  std::string public_url;
  // "auto": fal's own where --fal-url is fal's own, else none.
  std::string fal_keys_url = "auto";
  std::string webhook_secrets_file;
  std::vector<std::string> webhook_allow;
  std::string webhook_ca_file;
  // Empty: fal is not asked what it charged.
  std::string fal_billing_key;
  // 5 min: most charges are told within that (fal-api §14).
  std::chrono::milliseconds bill_every{300'000};
  // 1 h: twice what the slowest charges were seen to take.
  std::chrono::milliseconds bill_lag{3'600'000};
  bool enable_logging = true;
  std::string log_level = "info";
  std::string prompt_hash_key;
};

// Declares every setting on `options`, bound to `config`.
void DeclareOptions(Options& options, ServiceConfig& config);

// What is wrong with the combination.
std::vector<std::string> ValidateConfig(const ServiceConfig& config);

// The parts of the configuration that the way to fal and the gRPC port need.
fal::StackOptions FalOptions(const ServiceConfig& config);
ServerOptions ServerOptionsOf(const ServiceConfig& config);

// Where purchases are remembered, and how they are carried out.
StoreOptions StoreOptionsOf(const ServiceConfig& config);
KeptOptions KeptOptionsOf(const ServiceConfig& config);
// The URL of the keys with which fal signs its webhooks; empty where there is none.
std::string KeysUrlOf(const ServiceConfig& config);
fal::KeySetOptions KeySetOptionsOf(const ServiceConfig& config);
WebhookPosterOptions PosterOptionsOf(const ServiceConfig& config);

fal::QueueOptions QueueOptionsOf(const ServiceConfig& config);
fal::HistoryOptions HistoryOptionsOf(const ServiceConfig& config);

// Whether fal is asked what it charged, and how.
bool AsksForBill(const ServiceConfig& config);
fal::BillingOptions BillingOptionsOf(const ServiceConfig& config);
BillOptions BillOptionsOf(const ServiceConfig& config);

// The part of the configuration that fetching pictures needs.
fal::ImageFetcherOptions FetchOptions(const ServiceConfig& config);

}  // namespace flux::service
