// fal_settings: the settings that say where fal is and how it is asked: what is wrong with them, and what
// they mean.
#pragma once

#include <string>
#include <vector>

#include "service/config.h"
#include "service/wire/pricing_client.h"

namespace flux::service {

// A sentence for each mistake in them, the key included.
void CheckFal(const ServiceConfig& config, std::vector<std::string>& problems);

// "" when `url` is http(s)://HOST[:PORT] without anything behind; else what is wrong with it.
std::string CheckUrl(const std::string& url);

// "" where it is id:secret, else what is wrong with it, without a word of it.
std::string CheckKey(const std::string& key);

// Whether this URL leads to this machine.
bool IsThisMachine(const std::string& url);

// A URL of fal's that may be "auto", which is `own` where --fal-url is fal's own and else empty.
std::string FalUrl(const ServiceConfig& config, const std::string& given, const char* own);

// The URLs of fal's queue, of its platform API, and of the backup hosts of run and queue; empty where there
// is none.
std::string QueueUrlOf(const ServiceConfig& config);
std::string PlatformUrlOf(const ServiceConfig& config);
std::string BackupUrlOf(const ServiceConfig& config);
std::string QueueBackupUrlOf(const ServiceConfig& config);

// The header that tells fal whether to keep payloads; empty where the account's setting counts.
std::string StoreIoHeaderOf(const ServiceConfig& config);

// Whether fal is asked what models cost.
bool AsksForPrices(const ServiceConfig& config);
fal::PricingOptions PricingOptionsOf(const ServiceConfig& config);

// What this program calls itself.
std::string UserAgent();

}  // namespace flux::service
