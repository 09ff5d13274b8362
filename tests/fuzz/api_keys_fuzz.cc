// Any bytes as a file of API keys, as credentials, and as the settings beside them: total, and what is
// accepted is what was written.
#include <absl/strings/escaping.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "gateway/guard/caller/api_keys.h"
#include "gateway/guard/caller/credentials.h"
#include "gateway/guard/cors.h"
#include "gateway/guard/hosts.h"
#include "gateway/guard/rate/redis_address.h"

namespace {

using namespace flux::gateway;  // NOLINT: the whole file is about one room

void Require(bool holds) {
  if (!holds) std::abort();
}

std::string Write(const ApiKey& key) {
  std::string line = key.name + " ";
  line += absl::BytesToHexString({reinterpret_cast<const char*>(key.hash.data()), key.hash.size()});
  if (key.rate) line += " rate=" + std::to_string(*key.rate);
  line += " concurrency=" + std::to_string(key.concurrency);
  for (const std::string& model : key.models) line += (&model == &key.models[0] ? " models=" : ",") + model;
  return line + "\n";
}

void CheckFile(const std::string& text) {
  const ApiKeys::Parsed parsed = ApiKeys::Parse(text);
  for (const std::string& problem : parsed.problems)
    Require(problem.starts_with("line ") && problem.size() < 512);
  std::string written;
  for (const ApiKey& key : parsed.keys.all()) {
    Require(IsCallerName(key.name) && (!key.rate || *key.rate <= kMaxRate));
    Require(parsed.keys.Find(key.hash) == &key);
    (void)key.Allows(text);
    written += Write(key);
  }
  const ApiKeys::Parsed again = ApiKeys::Parse(written);
  Require(again.problems.empty() && again.keys.all().size() == parsed.keys.all().size());
  for (std::size_t i = 0; i < again.keys.all().size(); ++i) {
    Require(Write(again.keys.all()[i]) == Write(parsed.keys.all()[i]));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  CheckFile(text);

  Request request;
  request.headers = {{"Authorization", text}};
  const auto shown = ShownKey(request);
  Require(!shown || (*shown && !(*shown)->empty()));
  request.headers = {{"Authorization", text}, {"X-API-Key", "other"}};
  if (const auto both = ShownKey(request)) Require(**both == "other");

  static const Cors cors({"https://a.example", "https://*.b.example"});
  const bool may = cors.MayCall(text, "c.example");
  Require(!may || text.empty() || text.find("://") != std::string::npos);
  static const Hosts hosts({"a.example", "*.b.example", "[::1]"});
  (void)hosts.Allows(text);
  (void)CheckOrigin(text);
  (void)CheckHost(text);

  RedisAddress address;
  if (ParseRedisAddress(text, address).empty()) Require(!address.host.empty() && address.port != 0);
  return 0;
}
