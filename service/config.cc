// One declaration per setting.
#include "service/config.h"

#include <curl/curl.h>

#include <filesystem>
#include <memory>

#include "service/model/catalogue_file.h"

namespace flux::service {
namespace {

// "" when `url` is http(s)://HOST[:PORT] without anything behind; else what is wrong with it.
std::string CheckUrl(const std::string& url) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed(curl_url(), &curl_url_cleanup);
  constexpr auto kWanted = "is not http://HOST[:PORT] or https://HOST[:PORT]";
  if (curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) return kWanted;
  const bool http = url.starts_with("http://") || url.starts_with("https://");
  return http && !url.ends_with('/') && url.find_first_of("?#@") == std::string::npos ? "" : kWanted;
}

}  // namespace

void DeclareOptions(Options& options, ServiceConfig& config) {
  options.Add("--listen", "Address of the gRPC service: HOST:PORT or unix:PATH", config.listen);
  options.Add("--metrics-listen", "Address of /metrics, /healthz and /readyz", config.metrics_listen);
  options.Add("--fal-url", "Where fal.run is; point it at flux-sim to spend nothing", config.fal_url);
  options.Add("--fal-ca-file", "PEM file of the authorities trusted for fal; empty: the system's",
              config.fal_ca_file);
  options.Add("--catalogue", "JSON file of models to add or to put in place of built-in ones; empty: none",
              config.catalogue);
  options.Add("--request-timeout", "Longest a generation may take; a caller's shorter deadline wins",
              config.request_timeout);
  options.Add("--drain-grace", "Longest wait for running generations after SIGTERM", config.drain_grace);
  options.Add("--max-message-bytes", "Largest gRPC message accepted or sent", config.max_message);
  options.Add("--enable-logging", "One log line per generation and per exchange with fal",
              config.enable_logging, "ENABLE_LOGGING");
  options.AddSecret("FAL_KEY", "fal API key, \"id:secret\"; required (flux-sim accepts sim:sim)",
                    config.fal_key);
}

std::vector<std::string> ValidateConfig(const void* untyped) {
  const auto& config = *static_cast<const ServiceConfig*>(untyped);
  std::vector<std::string> problems;
  const std::string url = CheckUrl(config.fal_url);
  if (!url.empty()) problems.push_back("--fal-url: \"" + config.fal_url + "\" " + url);
  if (!config.fal_ca_file.empty() && !std::filesystem::is_regular_file(config.fal_ca_file)) {
    problems.push_back("--fal-ca-file: \"" + config.fal_ca_file + "\" is not a file");
  }
  if (config.fal_key.empty()) {
    problems.emplace_back(
        "FAL_KEY: is not set; it is the key that images are bought with (sim:sim for flux-sim)");
  } else if (config.fal_key.find(':') == std::string::npos) {
    problems.emplace_back("FAL_KEY: *** is not of the form id:secret");
  }
  for (const std::string& problem : LoadCatalogueFile(config.catalogue).problems) {
    problems.push_back("--catalogue: " + problem);
  }
  if (config.request_timeout < std::chrono::seconds(1))
    problems.emplace_back("--request-timeout: must be 1s or more");
  constexpr std::uint64_t kMost = (1ULL << 31) - 1;  // gRPC counts message bytes in an int
  if (config.max_message.count < 1024 || config.max_message.count > kMost) {
    problems.emplace_back("--max-message-bytes: must be between 1024 and 2147483647");
  }
  return problems;
}

fal::CurlTransportOptions WireOptions(const ServiceConfig& config) {
  fal::CurlTransportOptions wire;
  wire.url = config.fal_url;
  wire.key = config.fal_key;
  wire.ca_file = config.fal_ca_file;
  wire.user_agent = "flux-service/" + std::string(Version());
  return wire;
}

}  // namespace flux::service
