// Copies, with public names.
#include "gateway/doors/flux/models.h"

#include <absl/strings/ascii.h>

#include <nlohmann/json.hpp>

#include "gateway/doors/flux/flux.h"

namespace flux::gateway {
namespace {

using Json = nlohmann::ordered_json;

// "PARAMETER_TYPE_IMAGE_SIZE" without its prefix, as "image_size".
std::string Word(const std::string& name, std::size_t prefix) {
  return absl::AsciiStrToLower(name.substr(prefix));
}

std::string TypeName(v1::ParameterType type) {
  return Word(v1::ParameterType_Name(type), std::string_view("PARAMETER_TYPE_").size());
}

std::string UnitName(v1::PriceUnit unit) {
  return Word(v1::PriceUnit_Name(unit), std::string_view("PRICE_UNIT_").size());
}

Json Parameter(const v1::ModelParameter& from) {
  Json json{
      {"name", PublicName(from.name())}, {"type", TypeName(from.type())}, {"required", from.required()}};
  if (from.has_minimum()) json["minimum"] = from.minimum();
  if (from.has_maximum()) json["maximum"] = from.maximum();
  for (const std::string& value : from.allowed_values()) json["allowed"].push_back(value);
  if (!from.default_value().empty()) json["default"] = from.default_value();
  if (!from.fal_name().empty()) json["fal_name"] = from.fal_name();
  return json;
}

Json Model(const v1::Model& from) {
  Json json{{"name", from.name()},
            {"kind", from.name().substr(0, from.name().find('/'))},
            {"endpoint", std::string(kBeforeModel) + from.name()},
            {"fal_endpoint", from.fal_endpoint()},
            {"parameters", Json::array()},
            {"max_images", from.max_images()}};
  for (const v1::ModelParameter& parameter : from.parameters())
    json["parameters"].push_back(Parameter(parameter));
  json["price"] = PriceJson(from.unit_price());
  for (const v1::ResolutionPrice& price : from.resolution_prices()) {
    json["price"]["resolutions"][price.resolution()] = static_cast<double>(price.micro_usd()) / 1e6;
  }
  if (from.has_confirmed()) json["confirmed"] = from.confirmed();
  if (!from.unconfirmed().empty()) json["unconfirmed"] = from.unconfirmed();
  if (!from.deprecated().empty()) json["deprecated"] = from.deprecated();
  if (from.longest_seconds() > 0) json["longest_seconds"] = from.longest_seconds();
  json["price"]["source"] = from.price_source() == v1::PRICE_SOURCE_FAL ? "fal" : "catalogue";
  if (from.has_catalogue_price()) json["price"]["catalogue_usd"] = PriceJson(from.catalogue_price())["usd"];
  if (!from.price_note().empty()) json["price"]["note"] = from.price_note();
  return json;
}

}  // namespace

Json PriceJson(const v1::PriceEstimate& price) {
  return {{"usd", static_cast<double>(price.micro_usd()) / 1e6}, {"unit", UnitName(price.unit())}};
}

std::string RenderModels(const v1::ListModelsResponse& models) {
  Json json{{"success", true}, {"simulated", models.simulated()}, {"models", Json::array()}};
  for (const v1::Model& model : models.models()) json["models"].push_back(Model(model));
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace flux::gateway
