// Every member is read with its type checked: a price that cannot be trusted must not become one.
#include "service/fal/price_reply.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/json.h"
#include "base/text.h"

namespace flux::fal {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostEndpointBytes = 256;
constexpr std::size_t kMostUnitBytes = 32;

std::string Text(const Json& json, const char* name, std::size_t most) {
  const Json* member = Member(json, name);
  return member && member->is_string() ? Shorten(member->get_ref<const std::string&>(), most) : std::string();
}

FalPrice ReadPrice(const Json& item, std::string endpoint) {
  FalPrice price{.endpoint = std::move(endpoint), .unit = Text(item, "unit", kMostUnitBytes)};
  const Json* unit = Member(item, "unit");
  const Json* amount = Member(item, "unit_price");
  const Json* currency = Member(item, "currency");
  if (amount == nullptr || !amount->is_number()) {
    price.wrong = "its price is no number";
  } else if (const double usd = amount->get<double>(); !std::isfinite(usd)) {
    price.wrong = "its price is no number";
  } else if (usd < 0) {
    price.wrong = "its price is negative";
  } else if (unit != nullptr && !unit->is_string()) {
    price.wrong = "its unit is no text";
  } else if (currency != nullptr && *currency != "USD") {
    price.wrong = "it is not in US dollars";
  } else {
    price.usd = usd;
  }
  return price;
}

}  // namespace

std::optional<std::vector<FalPrice>> ReadPrices(std::string_view body) {
  const Result<Json> json = ParseJson(body);
  const Json* items = json && json->is_object() ? Member(*json, "prices") : nullptr;
  if (items == nullptr || !items->is_array()) return std::nullopt;
  std::vector<FalPrice> prices;
  for (const Json& item : *items) {
    std::string endpoint = item.is_object() ? Text(item, "endpoint_id", kMostEndpointBytes) : std::string();
    if (!endpoint.empty()) prices.push_back(ReadPrice(item, std::move(endpoint)));
  }
  return prices;
}

}  // namespace flux::fal
