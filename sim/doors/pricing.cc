// The list price of an app with what was set put over it.
#include "sim/doors/pricing.h"

#include <absl/strings/str_split.h>
#include <spdlog/fmt/fmt.h>

#include <utility>
#include <vector>

#include "sim/apps/body.h"
#include "sim/apps/models.h"
#include "sim/apps/prices.h"
#include "sim/doors/strike.h"

namespace flux::sim {
namespace {

constexpr std::size_t kMostEndpoints = 50;
constexpr std::size_t kMostSet = 1'000;

}  // namespace

std::optional<Json> Pricing::ItemOf(const std::string& endpoint) const {
  const ListPrice* const list = FindListPrice(endpoint);
  const std::lock_guard lock(mutex_);
  const auto set = set_.find(endpoint);
  if (set == set_.end() && (list == nullptr || FindModel(endpoint) == nullptr)) return std::nullopt;
  if (set != set_.end() && set->second.is_null()) return std::nullopt;
  Json item = {{"endpoint_id", endpoint},
               {"unit_price", static_cast<double>(NanoUsdPerUnit(endpoint)) / 1e9},
               {"unit", list == nullptr ? "megapixels" : list->unit},
               {"currency", "USD"}};
  if (set != set_.end()) item.update(set->second);
  return item;
}

Reply Pricing::List(const Request& request) {
  std::vector<std::string> endpoints;
  for (const auto& [name, value] : request.query) {
    if (name != "endpoint_id") continue;
    for (auto& part : std::vector<std::string>(absl::StrSplit(value, ',', absl::SkipEmpty()))) {
      endpoints.push_back(std::move(part));
    }
  }
  if (endpoints.empty() || endpoints.size() > kMostEndpoints) {
    return PlatformErrorReply(400, "validation_error", "endpoint_id: wanted 1 to 50 endpoint ids");
  }
  const auto fault = armed_.Take(FaultStep::kPricing, endpoints);
  return Strike(fault, {}, request, pause_, [&] {
    Json prices = Json::array();
    for (const std::string& endpoint : endpoints) {
      std::optional<Json> item = ItemOf(endpoint);
      // O: one unknown id refuses all.
      if (!item)
        return PlatformErrorReply(404, "not_found", fmt::format("Endpoint '{}' not found", endpoint));
      prices.push_back(*std::move(item));
    }
    Reply reply = JsonReply(200, {{"prices", std::move(prices)}});
    reply.no_fal_headers = true;
    return reply;
  });
}

Reply Pricing::Control(const Request& request) {
  if (request.method == "DELETE") {
    const std::lock_guard lock(mutex_);
    set_.clear();
    return JsonReply(200, {{"ok", true}});
  }
  if (request.method == "PUT") {
    ParsedJson body = ParseJson(request.body);
    if (!body.value || !body.value->is_object()) return DetailReply(422, "wanted a JSON object");
    std::map<std::string, Json> set;
    for (const auto& [endpoint, item] : body.value->items()) {
      if (!item.is_object() && !item.is_null()) {
        return DetailReply(422, fmt::format("{}: wanted an object or null", endpoint));
      }
      set[endpoint] = Json::parse(item.dump());
    }
    const std::lock_guard lock(mutex_);
    if (set_.size() + set.size() > kMostSet) return DetailReply(422, "wanted at most 1000 apps");
    for (auto& [endpoint, item] : set) set_[endpoint] = std::move(item);
  } else if (request.method != "GET") {
    return DetailReply(405, "Method Not Allowed");
  }
  Json shown = Json::object();
  const std::lock_guard lock(mutex_);
  for (const auto& [endpoint, item] : set_) shown[endpoint] = item;
  return JsonReply(200, shown);
}

}  // namespace flux::sim
