// Reads as the generation's door does, asks, renders.
#include "gateway/doors/flux/estimate_door.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "gateway/doors/api_document.h"
#include "gateway/doors/flux/flux.h"
#include "gateway/doors/flux/models.h"
#include "gateway/doors/render.h"

namespace flux::gateway {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kBeforeEstimate = "/api/v1/estimate/";

std::string RenderEstimate(const v1::EstimateCostResponse& estimate) {
  Json json{{"success", true}, {"price", PriceJson(estimate.price())}};
  json["price"]["units"] = estimate.price().units();
  for (const std::string& warning : estimate.warnings()) json["warnings"].push_back(warning);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

ApiJson PathParameter(std::string_view name, std::string_view what, std::string_view example) {
  return {{"name", name},
          {"in", "path"},
          {"required", true},
          {"description", what},
          {"schema", {{"type", "string"}}},
          {"example", example}};
}

}  // namespace

Result<std::string> EstimateDoor::ModelOf(std::string_view path) const {
  const std::string_view model = path.substr(kBeforeEstimate.size());
  if (KindNamed(model) == v1::MODEL_KIND_UNSPECIFIED) return Status(Reason::kUnsupportedEndpoint);
  return std::string(model);
}

asio::awaitable<Result<Served>> EstimateDoor::Serve(Exchange& exchange) {
  std::optional<Status> refused =
      RefusePurchase(exchange.request, exchange.buyer, exchange.model, /*preferences=*/false);
  if (refused) co_return *std::move(refused);
  std::string body = std::exchange(exchange.request.body, std::string());
  Result<GenerationRequest> parsed =
      ParseFlux(KindNamed(exchange.model), exchange.model, std::move(body), unknown_fields_);
  if (!parsed) co_return std::move(parsed).error();
  Result<v1::EstimateCostResponse> estimate = co_await generator_.Estimate(*parsed, exchange.context);
  if (!estimate) {
    RenameViolations(estimate.error());
    co_return std::move(estimate).error();
  }
  Served served{.reply = JsonReply(200, RenderEstimate(*estimate))};
  co_return served;
}

void EstimateDoor::Describe(const Route& route, ApiDocument& document) const {
  const bool short_name = route.pattern == kPatterns[0];
  document.AddTag("catalogue", "Which models there are, and what each takes.");
  const ApiJson schema = ApiJson::parse(R"({"type":"object","required":["success","price"],"properties":{
    "success":{"const":true},
    "price":{"type":"object","required":["usd","unit","units"],"properties":{
      "usd":{"type":"number","description":"For all the pictures together."},
      "unit":{"type":"string","enum":["megapixel","image","megapixel_in_out"]},
      "units":{"type":"number"}}},
    "warnings":{"type":"array","items":{"type":"string"},
      "description":"What the generation would warn of before anything is sent."}}})");
  v1::EstimateCostResponse estimate;
  estimate.mutable_price()->set_micro_usd(25'000);
  estimate.mutable_price()->set_unit(v1::PRICE_UNIT_MEGAPIXEL);
  estimate.mutable_price()->set_units(1);
  ApiJson request{{"prompt", "a lighthouse at dusk"}};
  if (short_name) request["image_url"] = "https://example.com/cat.png";
  Operation operation{
      .id = short_name ? "estimateKind" : "estimate",
      .tag = "catalogue",
      .summary = short_name ? "Price of a model that has its kind's name" : "Price of a generation",
      .description =
          "What the generation of the same path below `/api/v1/flux/` would cost, from the catalogue; "
          "or why it would be refused, in the same words. Sends nothing to fal, buys nothing.",
      .body = {{"application/json",
                {{"schema", {{"type", "object"}, {"description", "The generation's own fields."}}},
                 {"examples", {{"simple", {{"summary", "The least that it needs"}, {"value", request}}}}}}}},
      .body_description = "As it would be sent to the generation.",
      .replies = {{"200",
                   {{"description", "An estimate, not a bill."},
                    {"content",
                     {{"application/json",
                       {{"schema", document.AddSchema("Estimate", schema)},
                        {"examples",
                         {{"price",
                           {{"summary", "One picture of one megapixel"},
                            {"value", ApiJson::parse(RenderEstimate(estimate))}}}}}}}}}}}},
      .failures = {Reason::kUnsupportedHeader, Reason::kInvalidIdempotencyKey, Reason::kUnsupportedMediaType,
                   Reason::kInvalidJson, Reason::kInvalidField, Reason::kUnknownModel,
                   Reason::kModelNotAllowed, Reason::kUnsupportedEndpoint}};
  operation.parameters = ApiJson::array();
  operation.parameters.push_back(
      PathParameter("kind", "What the model does.", short_name ? "image-to-image" : "text-to-image"));
  if (!short_name) operation.parameters.push_back(PathParameter("model", "Its name.", "dev"));
  document.Add(route, std::string(route.pattern), std::move(operation));
}

}  // namespace flux::gateway
