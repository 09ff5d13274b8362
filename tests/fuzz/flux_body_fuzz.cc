// Any bytes as a body of today's public JSON: the first byte chooses the model, the rest is read, judged and
// written for fal. What is refused says why and buys nothing; what is taken means the same when it is said
// strictly; a safety checker goes off only by the text "6" or by the boolean false.
#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "base/json.h"
#include "gateway/doors/flux/flux.h"
#include "gateway/doors/flux/flux_dialect.h"
#include "service/fal/fal_json.h"
#include "service/order/validate.h"
#include "service/order/validate_extra.h"

namespace {

using namespace flux;  // NOLINT: the file is about one way through two programs
using google::protobuf::util::MessageDifferencer;
using Json = nlohmann::json;

void Require(bool holds) {
  if (!holds) std::abort();
}

// No JSON holds what is infinite, but text does.
Json NumberJson(double number) {
  Require(!std::isnan(number));
  if (std::isfinite(number)) return number;
  return number > 0 ? "1e999" : "-1e999";
}

Json ValueJson(const google::protobuf::Value& value) {
  using google::protobuf::Value;
  switch (value.kind_case()) {
    case Value::kNullValue:
      return nullptr;
    case Value::kNumberValue:
      return value.number_value();
    case Value::kStringValue:
      return value.string_value();
    case Value::kBoolValue:
      return value.bool_value();
    case Value::kStructValue: {
      Json object = Json::object();
      for (const auto& [name, member] : value.struct_value().fields()) object[name] = ValueJson(member);
      return object;
    }
    case Value::kListValue: {
      Json list = Json::array();
      for (const auto& member : value.list_value().values()) list.push_back(ValueJson(member));
      return list;
    }
    case Value::KIND_NOT_SET:
      break;
  }
  return std::uint64_t{9007199254740993};  // more than a Value holds
}

Json SizeJson(const v1::ImageSize& size) {
  if (size.has_dimensions()) {
    return {{"width", size.dimensions().width()}, {"height", size.dimensions().height()}};
  }
  if (size.has_aspect_ratio()) return size.aspect_ratio();
  constexpr std::pair<v1::SizePreset, const char*> kNames[] = {
      {v1::SIZE_PRESET_SQUARE_HD, "square_hd"},
      {v1::SIZE_PRESET_SQUARE, "square"},
      {v1::SIZE_PRESET_PORTRAIT_4_3, "portrait_4_3"},
      {v1::SIZE_PRESET_PORTRAIT_16_9, "portrait_16_9"},
      {v1::SIZE_PRESET_LANDSCAPE_4_3, "landscape_4_3"},
      {v1::SIZE_PRESET_LANDSCAPE_16_9, "landscape_16_9"},
      {v1::SIZE_PRESET_AUTO, "auto"},
      {v1::SIZE_PRESET_MATCH_INPUT, "match_input"}};
  for (const auto& [preset, name] : kNames) {
    if (size.preset() == preset) return name;
  }
  Require(false);
  return {};
}

const std::string& TextOf(const v1::ImageInput& image) {
  Require(image.has_url() || image.has_data_uri());
  return image.has_url() ? image.url() : image.data_uri();
}

Json ParametersJson(const v1::GenerationParameters& from) {
  Json body = Json::object();
  if (from.has_image_size()) body["image_size"] = SizeJson(from.image_size());
  if (from.has_num_images()) body["num_images"] = from.num_images();
  if (from.has_num_inference_steps()) body["num_inference_steps"] = from.num_inference_steps();
  if (from.has_guidance_scale()) body["guidance_scale"] = NumberJson(from.guidance_scale());
  if (from.has_seed()) body["seed"] = from.seed();
  if (!from.safety_tolerance().empty()) body["safety_tolerance"] = from.safety_tolerance();
  if (from.has_enable_safety_checker()) body["enable_safety_checker"] = from.enable_safety_checker();
  constexpr const char* kFormats[] = {"", "jpeg", "png", "webp"};
  if (from.output_format() != 0) body["output_format"] = kFormats[from.output_format()];
  constexpr const char* kAccelerations[] = {"", "none", "regular", "high"};
  if (from.acceleration() != 0) body["acceleration"] = kAccelerations[from.acceleration()];
  if (from.has_sync_mode()) body["sync_mode"] = from.sync_mode();
  if (from.has_raw()) body["raw"] = from.raw();
  if (!from.resolution().empty()) body["resolution"] = from.resolution();
  if (from.has_enhance_prompt()) body["enhance_prompt"] = from.enhance_prompt();
  if (from.has_image_prompt_strength()) {
    body["image_prompt_strength"] = NumberJson(from.image_prompt_strength());
  }
  if (!from.negative_prompt().empty()) body["negative_prompt"] = from.negative_prompt();
  for (const v1::Lora& lora : from.loras()) {
    Json& written = body["loras"].emplace_back(Json::object());
    if (!lora.path().empty()) written["path"] = lora.path();
    if (lora.has_scale()) written["scale"] = NumberJson(lora.scale());
  }
  if (from.has_split_images()) body["split_images"] = from.split_images();
  if (from.has_fetch_images()) body["fetch_images"] = from.fetch_images();
  for (const auto& [name, value] : from.extra().fields()) body[name] = ValueJson(value);
  return body;
}

// The request as a body in which every value has the type that the field asks for.
template <typename Request>
Json Strictly(const Request& request) {
  Json body = ParametersJson(request.parameters());
  if constexpr (requires { request.prompt(); }) {
    if (!request.prompt().empty()) body["prompt"] = request.prompt();
  }
  if constexpr (requires { request.image(); }) {
    if (request.has_image()) body["image_url"] = TextOf(request.image());
  }
  if constexpr (requires { request.strength(); }) {
    if (request.has_strength()) body["strength"] = NumberJson(request.strength());
  }
  if constexpr (requires { request.mask(); }) {
    if (request.has_mask()) body["mask_url"] = TextOf(request.mask());
  }
  if constexpr (requires { request.images(); }) {
    for (const v1::ImageInput& image : request.images()) body["image_urls"].push_back(TextOf(image));
  }
  return body;
}

// The refusal as its caller gets it: named, and JSON whatever the caller sent.
void CheckRefusal(Status status) {
  static const auto& dialect = *new gateway::FluxDialect;  // lives as long as the fuzzer
  Require(status.reason == Reason::kInvalidJson || status.reason == Reason::kInvalidField);
  Require(!status.violations.empty() && status.billed == Billed::kNo);
  gateway::RenameViolations(status);
  for (const Violation& violation : status.violations) Require(!violation.message.empty());
  const gateway::Reply reply = dialect.Render(status, "id", WallTime());
  const Json body = Json::parse(reply.body, nullptr, false);
  Require(body.is_object() && body["success"] == false && body["error"].is_string());
  Require(reply.status == (status.reason == Reason::kInvalidJson ? 400 : 422));
}

// Whether the body says in so many words that nothing shall be checked.
bool WantsNoChecker(std::string_view body) {
  const Result<Json> json = ParseJson(body);
  const Json* tolerance = Member(*json, "safety_tolerance");
  const Json* checker = Member(*json, "enable_safety_checker");
  return (tolerance != nullptr && *tolerance == "6") || (checker != nullptr && *checker == false);
}

// What the service makes of it.
template <typename Request>
void CheckOrder(const service::Catalogue& catalogue, const service::ModelRow& row, const Request& request,
                std::string_view body) {
  const service::Order order = service::ToOrder(request);
  std::vector<Violation> violations = service::Validate(row, order, catalogue.known_names());
  const Json sent = Json::parse(service::ToFalJson(row, order), nullptr, false);
  Require(sent.is_object());
  if (Member(sent, "enable_safety_checker") != nullptr && sent["enable_safety_checker"] == false) {
    Require(WantsNoChecker(body));
  }
  for (const std::string& sentence : service::PassedOver(row, order, catalogue.known_names())) {
    Require(sentence.find("not known") != std::string::npos);
  }
  if (!violations.empty()) return CheckRefusal(InvalidFields(std::move(violations)));
  for (const auto& [name, value] : sent.items()) {
    Require(std::ranges::find(row.rules, name, &service::FieldRule::fal_name) != row.rules.end());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto& catalogue = *new service::Catalogue(service::Catalogue::BuiltIn());
  if (size == 0) return 0;
  const service::ModelRow& row = catalogue.rows()[data[0] % catalogue.rows().size()];
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);

  const Result<gateway::GenerationRequest> read = gateway::ParseFlux(row.kind, row.name, std::string(body));
  if (!read) {
    CheckRefusal(read.error());
    return 0;
  }
  std::visit(
      [&](const auto& request) {
        using Request = std::decay_t<decltype(request)>;
        Require(request.model() == row.name && service::ToOrder(request).kind == row.kind);
        const auto again = gateway::ParseFlux(row.kind, row.name, Strictly(request).dump());
        Require(again && MessageDifferencer::Equals(std::get<Request>(*again), request));
        CheckOrder(catalogue, row, request, body);
      },
      *read);
  return 0;
}
