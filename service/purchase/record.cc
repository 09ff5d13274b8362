// Every member is read with its type checked: the file may be older than this program, or edited.
#include "service/purchase/record.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/json.h"

namespace flux::service {
namespace {

using Json = nlohmann::json;

std::string Text(const Json& json, const char* name) {
  const Json* member = Member(json, name);
  return member && member->is_string() ? member->get<std::string>() : std::string();
}

std::uint64_t Number(const Json& json, const char* name) {
  const Json* member = Member(json, name);
  return member && member->is_number_unsigned() ? member->get<std::uint64_t>() : 0;
}

bool Flag(const Json& json, const char* name) {
  const Json* member = Member(json, name);
  return member && member->is_boolean() && member->get<bool>();
}

Billed BilledFrom(std::string_view name) {
  for (const Billed billed : {Billed::kNo, Billed::kYes}) {
    if (Name(billed) == name) return billed;
  }
  return Billed::kMaybe;
}

// JSON for what may hold bytes that are no UTF-8, such as fal's error bodies.
std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string PlanToJson(const Plan& plan) {
  Json purchases = Json::array();
  for (const PlannedPurchase& purchase : plan.purchases) {
    purchases.push_back({{"micro_usd", purchase.estimate.micro_usd()},
                         {"unit", static_cast<std::uint64_t>(purchase.estimate.unit())},
                         {"units", purchase.estimate.units()}});
  }
  Json json{
      {"model", plan.model},
      {"endpoint", plan.endpoint},
      {"price", {{"micro_usd", plan.price.micro_usd}, {"unit", static_cast<std::uint64_t>(plan.price.unit)}}},
      {"purchases", std::move(purchases)},
      {"inline_pictures", plan.inline_pictures},
      {"fetch_images", plan.fetch_images},
      {"warnings", plan.warnings}};
  if (plan.longest.count() > 0) json["longest_seconds"] = plan.longest.count();
  if (plan.low_priority) json["low_priority"] = true;
  if (plan.price.first_micro_usd) json["price"]["first_micro_usd"] = *plan.price.first_micro_usd;
  return Dump(json);
}

Result<Plan> PlanFromJson(std::string_view json) {
  const Result<Json> read = ParseJson(json);
  const Json* purchases = read && read->is_object() ? Member(*read, "purchases") : nullptr;
  if (purchases == nullptr || !purchases->is_array() || purchases->empty()) {
    return Status(Reason::kInternal, "the stored plan of the purchase cannot be read");
  }
  Plan plan{
      .model = Text(*read, "model"),
      .endpoint = Text(*read, "endpoint"),
      .price = {},
      .purchases = {},
      .inline_pictures = Flag(*read, "inline_pictures"),
      .fetch_images = Flag(*read, "fetch_images"),
      .low_priority = Flag(*read, "low_priority"),
      .warnings = {},
      .longest = std::chrono::seconds(std::min<std::uint64_t>(Number(*read, "longest_seconds"), 86'400))};
  if (const Json* price = Member(*read, "price"); price && price->is_object()) {
    plan.price.micro_usd = Number(*price, "micro_usd");
    plan.price.unit = static_cast<v1::PriceUnit>(Number(*price, "unit"));
    if (Member(*price, "first_micro_usd")) plan.price.first_micro_usd = Number(*price, "first_micro_usd");
  }
  for (const Json& one : *purchases) {
    PlannedPurchase& purchase = plan.purchases.emplace_back();
    if (!one.is_object()) continue;
    purchase.estimate.set_micro_usd(Number(one, "micro_usd"));
    purchase.estimate.set_unit(static_cast<v1::PriceUnit>(Number(one, "unit")));
    const Json* units = Member(one, "units");
    if (units && units->is_number()) purchase.estimate.set_units(units->get<double>());
  }
  if (const Json* warnings = Member(*read, "warnings"); warnings && warnings->is_array()) {
    for (const Json& warning : *warnings) {
      if (warning.is_string()) plan.warnings.push_back(warning.get<std::string>());
    }
  }
  return plan;
}

std::string StatusToJson(const Status& status) {
  Json json{
      {"reason", RowOf(status.reason).name}, {"message", status.message}, {"billed", Name(status.billed)}};
  for (const Violation& violation : status.violations) {
    json["violations"].push_back({{"field", violation.field}, {"message", violation.message}});
  }
  if (status.upstream) {
    json["fal"] = {{"status", status.upstream->http_status},
                   {"request_id", status.upstream->request_id},
                   {"body", status.upstream->body}};
  }
  return Dump(json);
}

Status StatusFromJson(std::string_view json) {
  const Result<Json> read = ParseJson(json);
  if (!read || !read->is_object()) return Status(Reason::kInternal);
  const ReasonRow* row = FindReason(Text(*read, "reason"));
  Status status(row == nullptr ? Reason::kInternal : row->reason, Text(*read, "message"));
  status.billed = BilledFrom(Text(*read, "billed"));
  if (const Json* violations = Member(*read, "violations"); violations && violations->is_array()) {
    for (const Json& one : *violations) {
      if (one.is_object()) status.violations.push_back({Text(one, "field"), Text(one, "message")});
    }
  }
  if (const Json* fal = Member(*read, "fal"); fal && fal->is_object()) {
    status.upstream =
        UpstreamError{static_cast<int>(Number(*fal, "status")), Text(*fal, "request_id"), Text(*fal, "body")};
  }
  return status;
}

}  // namespace flux::service
