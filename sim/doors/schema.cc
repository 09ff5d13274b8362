// From a model's fields to JSON Schema, in the form that fal's generator has: an Input and an Output below
// components, and the queue's own paths.
#include "sim/doors/schema.h"

#include <absl/strings/ascii.h>
#include <spdlog/fmt/fmt.h>

#include <cmath>
#include <string>
#include <utility>

namespace flux::sim {
namespace {

Json Reference(const std::string& name) {
  return {{"$ref", "#/components/schemas/" + name}};
}

// "fal-ai/flux-2/edit" is "Flux2Edit".
std::string NameOf(std::string_view endpoint) {
  std::string name;
  bool upper = true;
  for (const char c : endpoint.substr(endpoint.find('/') + 1)) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c))) {
      upper = true;
      continue;
    }
    name += upper ? absl::ascii_toupper(static_cast<unsigned char>(c)) : c;
    upper = false;
  }
  return name;
}

Json Limit(double value) {
  return value == std::floor(value) ? Json(static_cast<std::int64_t>(value)) : Json(value);
}

void AddLimits(const Field& field, const char* least, const char* most, Json& schema) {
  if (std::isfinite(field.least)) schema[least] = Limit(field.least);
  if (std::isfinite(field.most)) schema[most] = Limit(field.most);
}

Json ObjectOf(std::span<const Field> fields);

Json SchemaOfKind(const Field& field) {
  Json schema;
  switch (field.kind) {
    case FieldKind::kText:
    case FieldKind::kImage:
      return {{"type", "string"}};
    case FieldKind::kBoolean:
      return {{"type", "boolean"}};
    case FieldKind::kInteger:
      schema = {{"type", "integer"}};
      AddLimits(field, "minimum", "maximum", schema);
      return schema;
    case FieldKind::kNumber:
      schema = {{"type", "number"}};
      AddLimits(field, "minimum", "maximum", schema);
      return schema;
    case FieldKind::kChoice:
      schema = {{"type", "string"}, {"enum", Json::array()}};
      for (const std::string_view choice : field.choices) schema["enum"].push_back(choice);
      return schema;
    case FieldKind::kImageSize: {
      Json names = {{"type", "string"}, {"enum", Json::array()}};
      for (const std::string_view choice : field.choices) names["enum"].push_back(choice);
      return {{"anyOf", Json::array({Reference("ImageSize"), std::move(names)})}};
    }
    case FieldKind::kImages:
      schema = {{"type", "array"}, {"items", {{"type", "string"}}}};
      if (std::isfinite(field.least)) schema["minItems"] = Limit(field.least);
      // Those beyond `most` are not refused, so no limit is told.
      return schema;
    case FieldKind::kObject:
      return ObjectOf(field.members);
    case FieldKind::kObjects:
      return {{"type", "array"}, {"items", ObjectOf(field.members)}};
    default:  // no object of a caller's: a word, or a number
      break;
  }
  schema = {{"type", "string"}};
  for (const std::string_view choice : field.choices) schema["enum"].push_back(choice);
  return schema;
}

Json FieldSchema(const Field& field) {
  Json schema = SchemaOfKind(field);
  if (field.nullable) schema = {{"anyOf", Json::array({std::move(schema), {{"type", "null"}}})}};
  if (!field.fallback.empty()) schema["default"] = Json::parse(field.fallback);
  schema["title"] = field.name;
  return schema;
}

Json ObjectOf(std::span<const Field> fields) {
  Json object = {{"type", "object"}, {"properties", Json::object()}};
  Json required = Json::array();
  Json order = Json::array();
  for (const Field& field : fields) {
    const std::string name(field.name);
    object["properties"][name] = FieldSchema(field);
    order.push_back(name);
    if (field.required) required.push_back(name);
  }
  if (!required.empty()) object["required"] = std::move(required);
  object["x-fal-order-properties"] = std::move(order);
  return object;
}

// Each side of a size that is not a preset.
Json SizeObject(const Model& model) {
  Json side = {{"type", "integer"}, {"exclusiveMinimum", 0}, {"maximum", 14142}, {"default", 512}};
  for (const Field& field : model.fields) {
    if (field.kind != FieldKind::kImageSize || !std::isfinite(field.least)) continue;
    side = {{"type", "integer"}, {"default", 512}};
    AddLimits(field, "minimum", "maximum", side);
  }
  return {{"type", "object"}, {"properties", {{"width", side}, {"height", side}}}};
}

Json Output() {
  const Json image = {{"type", "object"},
                      {"required", {"url"}},
                      {"properties", {{"url", {{"type", "string"}}}, {"width", {{"type", "integer"}}}}}};
  return {{"type", "object"},
          {"required", {"images"}},
          {"properties", {{"images", {{"type", "array"}, {"items", image}}}}}};
}

}  // namespace

Json SchemaOf(const Model& model) {
  const std::string endpoint(model.endpoint);
  const std::string name = NameOf(endpoint);
  const auto json = [](Json schema) {
    return Json{{"content", {{"application/json", {{"schema", std::move(schema)}}}}}};
  };
  Json submit = json(Reference(name + "Input"));
  submit["required"] = true;
  Json taken = json(Reference("QueueStatus"));
  taken["description"] = "The request status.";
  Json result = json(Reference(name + "Output"));
  result["description"] = "Result of the request.";
  return {{"openapi", "3.0.4"},
          {"info",
           {{"title", fmt::format("Queue OpenAPI for {}", endpoint)},
            {"version", "1.0.0"},
            {"x-fal-metadata", {{"endpointId", endpoint}, {"category", "text-to-image"}}}}},
          {"servers", Json::array({{{"url", "https://queue.fal.run"}}})},
          {"components",
           {{"schemas",
             {{name + "Input", ObjectOf(model.fields)},
              {name + "Output", Output()},
              {"ImageSize", SizeObject(model)},
              {"QueueStatus", {{"type", "object"}, {"required", {"status", "request_id"}}}}}}}},
          {"paths",
           {{"/" + endpoint, {{"post", {{"requestBody", submit}, {"responses", {{"200", taken}}}}}}},
            {"/" + endpoint + "/requests/{request_id}", {{"get", {{"responses", {{"200", result}}}}}}}}}};
}

Reply AnswerSchema(const Request& request) {
  if (request.method != "GET") return DetailReply(405, "Method Not Allowed");
  const Model* const model = FindModel(request.Query("endpoint_id").value_or(""));
  return model == nullptr ? DetailReply(404, "Endpoint not found") : JsonReply(200, SchemaOf(*model));
}

}  // namespace flux::sim
