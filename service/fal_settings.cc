// Each setting by itself first, then what they mean together.
#include "service/fal_settings.h"

#include <curl/curl.h>

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>

#include "base/ip_address.h"
#include "base/options.h"

namespace flux::service {
namespace {

constexpr char kFal[] = "https://fal.run";

void CheckBackup(const ServiceConfig& config, std::string_view flag, const std::string& backup,
                 const std::string& url, std::vector<std::string>& problems) {
  if (backup.empty() || url.empty()) return;
  const auto add = [&](const std::string& wrong) { problems.push_back(std::string(flag) + ": " + wrong); };
  if (const std::string wrong = CheckUrl(backup); !wrong.empty()) return add("\"" + backup + "\" " + wrong);
  if (backup == url) add("is the address that it is to stand in for; name another one, or none");
  if (backup.starts_with("https:") != url.starts_with("https:")) {
    add("must begin with the same scheme as the address that it stands in for");
  } else if (backup.starts_with("http:") && !config.fal_allow_http && !IsThisMachine(backup)) {
    add("is not encrypted, and the key travels with it; use https, or say --fal-allow-http=true");
  }
}

}  // namespace

std::string CheckKey(const std::string& key) {
  const std::size_t colon = key.find(':');
  if (colon == std::string::npos) return "*** is not of the form id:secret";
  if (colon == 0) return "*** has nothing before the colon; it is id:secret";
  if (colon + 1 == key.size()) return "*** has nothing after the colon; it is id:secret";
  const auto visible = [](char c) { return c > 0x20 && c < 0x7f; };
  if (!std::ranges::all_of(key, visible)) {
    return "*** has white space or other characters that no key has; it is id:secret";
  }
  return {};
}

// "" when `url` is http(s)://HOST[:PORT] without anything behind; else what is wrong with it.
std::string CheckUrl(const std::string& url) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed(curl_url(), &curl_url_cleanup);
  constexpr auto kWanted = "is not http://HOST[:PORT] or https://HOST[:PORT]";
  if (curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) return kWanted;
  const bool http = url.starts_with("http://") || url.starts_with("https://");
  return http && !url.ends_with('/') && url.find_first_of("?#@") == std::string::npos ? "" : kWanted;
}

bool IsThisMachine(const std::string& url) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed(curl_url(), &curl_url_cleanup);
  char* host = nullptr;
  if (curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) return false;
  if (curl_url_get(parsed.get(), CURLUPART_HOST, &host, 0) != CURLUE_OK) return false;
  const std::unique_ptr<char, decltype(&curl_free)> owned(host, &curl_free);
  std::string_view name = host;
  if (name.starts_with('[')) name = name.substr(1, name.size() - 2);
  return name == "localhost" || IsLoopback(std::string(name));
}

std::string FalUrl(const ServiceConfig& config, const std::string& given, const char* own) {
  if (given != "auto") return given;
  return config.fal_url == kFal ? own : "";
}

std::string UserAgent() {
  return "flux-service/" + std::string(Version());
}

std::string QueueUrlOf(const ServiceConfig& config) {
  return FalUrl(config, config.fal_queue_url, "https://queue.fal.run");
}

std::string PlatformUrlOf(const ServiceConfig& config) {
  return FalUrl(config, config.fal_platform_url, "https://api.fal.ai");
}

std::string BackupUrlOf(const ServiceConfig& config) {
  return FalUrl(config, config.fal_backup_url, "https://falrun.com");
}

std::string QueueBackupUrlOf(const ServiceConfig& config) {
  return FalUrl(config, config.fal_queue_backup_url, "https://queue.falrun.com");
}

std::string StoreIoHeaderOf(const ServiceConfig& config) {
  if (config.fal_store_io == "on") return "X-Fal-Store-IO: 1";
  return config.fal_store_io == "off" ? "X-Fal-Store-IO: 0" : "";
}

bool AsksForPrices(const ServiceConfig& config) {
  return config.price_source == "fal" && !PlatformUrlOf(config).empty();
}

fal::PricingOptions PricingOptionsOf(const ServiceConfig& config) {
  return {.url = PlatformUrlOf(config),
          .key = config.fal_key,
          .ca_file = config.fal_ca_file,
          .user_agent = UserAgent()};
}

void CheckFal(const ServiceConfig& config, std::vector<std::string>& problems) {
  const std::string url = CheckUrl(config.fal_url);
  if (!url.empty()) problems.push_back("--fal-url: \"" + config.fal_url + "\" " + url);
  if (url.empty() && config.fal_url.starts_with("http://") && !config.fal_allow_http &&
      !IsThisMachine(config.fal_url)) {
    problems.push_back("--fal-url: \"" + config.fal_url +
                       "\" would send the key in clear text to another machine; use https://, or say "
                       "--fal-allow-http=true for a simulator on a network of your own");
  }
  if (config.fal_key.empty()) {
    problems.emplace_back(
        "FAL_KEY: is not set; it is the key that images are bought with (sim:sim for flux-sim). Without a "
        "key fal "
        "answers some models for nobody's account, so this program does not start");
  } else if (const std::string wrong = CheckKey(config.fal_key); !wrong.empty()) {
    problems.push_back("FAL_KEY: " + wrong);
  }
  for (const auto& [flag, address] :
       {std::pair{"--fal-queue-url", QueueUrlOf(config)}, {"--fal-platform-url", PlatformUrlOf(config)}}) {
    if (address.empty()) continue;
    const std::string begin = std::string(flag) + ": ";
    if (const std::string wrong = CheckUrl(address); !wrong.empty()) {
      problems.push_back(begin + "\"" + address + "\" " + wrong);
    }
    if (address.starts_with("http://") && !IsThisMachine(address) && !config.fal_allow_http) {
      problems.push_back(
          begin + "is not encrypted, and the key travels with it; use https, or say --fal-allow-http=true");
    }
  }
  CheckBackup(config, "--fal-backup-url", BackupUrlOf(config), config.fal_url, problems);
  CheckBackup(config, "--fal-queue-backup-url", QueueBackupUrlOf(config), QueueUrlOf(config), problems);
  if (config.fal_store_io != "on" && config.fal_store_io != "off" && config.fal_store_io != "account") {
    problems.emplace_back("--fal-store-io: must be on, off or account");
  }
  if (config.price_source != "fal" && config.price_source != "catalogue") {
    problems.emplace_back("--price-source: must be fal or catalogue");
  }
}

}  // namespace flux::service
