// ServiceConfig: every setting of flux-service, filled once before anything starts.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/options.h"
#include "service/fal/curl_transport.h"

namespace flux::service {

struct ServiceConfig {
  ListenAddress listen{"127.0.0.1:50051"};
  ListenAddress metrics_listen{"127.0.0.1:9091"};
  std::string fal_url = "https://fal.run";
  std::string fal_ca_file;
  std::string fal_key;
  std::string catalogue;  // path of a catalogue file (model/catalogue_file.h); empty: the built-in models
  // 120 s: fal's FLUX models take 1 to 15 s plus a cold start (fal-api §2 recommends 60 to 120 s).
  std::chrono::milliseconds request_timeout{120'000};
  // 30 s: longer than nearly every image, shorter than the usual patience of an orchestrator plus its margin.
  std::chrono::milliseconds drain_grace{30'000};
  // 64 MB of picture is 86 MB as base64 in fal's JSON and 64 MB as bytes here; twice that for two pictures.
  Bytes max_message{128ULL << 20};
  bool enable_logging = true;
};

// Declares every setting on `options`, bound to `config`.
void DeclareOptions(Options& options, ServiceConfig& config);

// What is wrong with the combination; `config` is a ServiceConfig.
std::vector<std::string> ValidateConfig(const void* config);

// The part of the configuration that the wire to fal needs.
fal::CurlTransportOptions WireOptions(const ServiceConfig& config);

}  // namespace flux::service
