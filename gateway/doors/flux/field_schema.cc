// One schema for each type of parameter.
#include "gateway/doors/flux/field_schema.h"

#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/loose_text.h"
#include "gateway/doors/flux/flux.h"
#include "gateway/doors/flux/flux_fields.h"
#include "gateway/doors/idempotency.h"

namespace flux::gateway {
namespace {

using Json = nlohmann::ordered_json;

// A grey square of 256 pixels a side, the least that any model takes, so that examples can be sent as they
// are.
constexpr std::string_view kPicture =
    "data:image/png;base64,"
    "iVBORw0KGgoAAAANSUhEUgAAAQAAAAEACAAAAAB5Gfe6AAABN0lEQVR42u3QAQEAAAjDoEdfdIMIEVjPTYAAAQIECBAgQIAAAQIE"
    "CBAgQIAAAQIECBAgQIAAAQIECBAgQIAAAQIECBAgQIAAAQIECBAgQIAAAQIECBAgQIAAAQIECBAgQIAAAQIECBAgQIAAAQIECBAg"
    "QIAAAQIECBAgQIAAAQIECBAgQIAAAQIECBAgQIAAAQIECBAgQIAAAQIECBAgQIAAAQIECBAgQIAAAQIECBAgQIAAAQIECBAgQIAA"
    "AQIECBAgQIAAAQIECBAgQIAAAQIECBAgQIAAAQIECBAgQIAAAQIECBAgQIAAAQIECBAgQIAAAQIECBAgQIAAAQIECBAgQIAAAQIE"
    "CBAgQIAAAQIECBAgQIAAAQIECBAgQIAAAQIECBAgQIAAAQIECBAgQIAAAQIECKgD+XwHgaZcO5EAAAAASUVORK5CYII=";

// A whole number without a point.
Json NumberOf(double value) {
  constexpr double kExact = 9007199254740992.0;
  if (std::trunc(value) == value && std::abs(value) <= kExact) return static_cast<std::int64_t>(value);
  return value;
}

void AddRange(const v1::ModelParameter& from, std::string_view low, std::string_view high, Json& schema) {
  if (from.has_minimum()) schema[std::string(low)] = NumberOf(from.minimum());
  if (from.has_maximum()) schema[std::string(high)] = NumberOf(from.maximum());
}

void AddAllowed(const v1::ModelParameter& from, Json& schema) {
  for (const std::string& value : from.allowed_values()) schema["enum"].push_back(value);
}

Json NumberSchema(const v1::ModelParameter& from, std::string_view type) {
  Json schema{{"type", type}};
  AddRange(from, "minimum", "maximum", schema);
  return schema;
}

Json PictureSchema() {
  return {{"type", "string"}, {"format", "uri"}};
}

Json ListSchema(const v1::ModelParameter& from, Json items) {
  Json schema{{"type", "array"}, {"items", std::move(items)}};
  AddRange(from, "minItems", "maxItems", schema);
  return schema;
}

Json LoraSchema() {
  return Json::parse(R"({"type":"object","required":["path"],"properties":{"path":{"type":"string"},
    "scale":{"type":"number","minimum":0,"maximum":4}}})");
}

// A name, a ratio, or both sides where the model takes such.
Json SizeSchema(const v1::ModelParameter& from) {
  Json words{{"type", "string"}};
  AddAllowed(from, words);
  if (from.allowed_values().empty()) words["examples"] = {"16:9"};
  if (!from.has_maximum()) return words;
  const Json side = NumberSchema(from, "integer");
  return {{"anyOf",
           {words,
            {{"type", "object"},
             {"properties", {{"width", side}, {"height", side}}},
             {"required", {"width", "height"}}}}}};
}

Json TypeSchema(const v1::ModelParameter& from) {
  switch (from.type()) {
    case v1::PARAMETER_TYPE_INTEGER:
      if (from.name() == "seed") {
        return Json::parse(
            R"({"type":"integer","format":"uint64","minimum":0,"maximum":18446744073709551615})");
      }
      return NumberSchema(from, "integer");
    case v1::PARAMETER_TYPE_NUMBER:
      return NumberSchema(from, "number");
    case v1::PARAMETER_TYPE_BOOLEAN:
      return {{"type", "boolean"}};
    case v1::PARAMETER_TYPE_IMAGE:
      return PictureSchema();
    case v1::PARAMETER_TYPE_IMAGES:
      return ListSchema(from, PictureSchema());
    case v1::PARAMETER_TYPE_LORAS:
      return ListSchema(from, LoraSchema());
    case v1::PARAMETER_TYPE_OBJECT:
      return {{"type", "object"}};
    case v1::PARAMETER_TYPE_OBJECTS:
      return ListSchema(from, {{"type", "object"}});
    case v1::PARAMETER_TYPE_IMAGE_SIZE:
      return SizeSchema(from);
    default: {
      Json schema{{"type", "string"}};
      AddAllowed(from, schema);
      return schema;
    }
  }
}

// The catalogue has defaults as text.
Json DefaultOf(const v1::ModelParameter& from) {
  const std::string& text = from.default_value();
  const bool number = from.type() == v1::PARAMETER_TYPE_INTEGER || from.type() == v1::PARAMETER_TYPE_NUMBER;
  if (number || from.type() == v1::PARAMETER_TYPE_BOOLEAN) {
    Json parsed = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!parsed.is_discarded()) return parsed;
  }
  return text;
}

Json FieldSchema(const v1::ModelParameter& from) {
  Json schema = TypeSchema(from);
  if (const std::string_view meaning = MeaningOf(PublicName(from.name())); !meaning.empty()) {
    schema["description"] = meaning;
  }
  if (!from.default_value().empty()) schema["default"] = DefaultOf(from);
  return schema;
}

Json ExampleOf(const v1::ModelParameter& from) {
  if (from.name() == "prompt") return "a lighthouse at dusk";
  if (from.type() == v1::PARAMETER_TYPE_IMAGES) return Json::array({kPicture});
  if (from.type() == v1::PARAMETER_TYPE_STRING && !from.allowed_values().empty())
    return from.allowed_values(0);
  if (from.type() == v1::PARAMETER_TYPE_NUMBER || from.type() == v1::PARAMETER_TYPE_INTEGER) return 1;
  if (from.type() == v1::PARAMETER_TYPE_STRING && !PublicName(from.name()).ends_with("image_url"))
    return "acme-style";
  return kPicture;
}

}  // namespace

Json RequestSchema(const v1::Model& model) {
  Json schema{{"type", "object"}, {"title", model.name()}, {"properties", Json::object()}};
  for (const v1::ModelParameter& parameter : model.parameters()) {
    const std::string name = PublicName(parameter.name());
    schema["properties"][name] = FieldSchema(parameter);
    if (parameter.required()) schema["required"].push_back(name);
  }
  schema["properties"][std::string(kKeyField)] = {
      {"type", "string"}, {"minLength", 1}, {"maxLength", 255}, {"description", MeaningOf(kKeyField)}};
  schema["properties"]["on_disconnect"] = {{"type", "string"},
                                           {"enum", {"cancel", "finish"}},
                                           {"default", "cancel"},
                                           {"description", MeaningOf("on_disconnect")}};
  schema["properties"]["queue_priority"] = {{"type", "string"},
                                            {"enum", {"normal", "low"}},
                                            {"default", "normal"},
                                            {"description", MeaningOf("queue_priority")}};
  schema["properties"]["webhook_url"] = {
      {"type", "string"}, {"format", "uri"}, {"maxLength", 2048}, {"description", MeaningOf("webhook_url")}};
  return schema;
}

Json RequestExample(const v1::Model& model) {
  Json example = Json::object();
  for (const v1::ModelParameter& parameter : model.parameters()) {
    if (parameter.required()) example[PublicName(parameter.name())] = ExampleOf(parameter);
    if (parameter.name() == "seed") example["seed"] = 42;
  }
  return example;
}

}  // namespace flux::gateway
