// What /openapi.json tells of OpenAI's Images API.
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "gateway/doors/api_document.h"
#include "gateway/doors/openai/door.h"
#include "gateway/doors/openai/images_request.h"

namespace flux::gateway {
namespace {

constexpr std::string_view kTag = "openai-images";
constexpr std::string_view kModelsTag = "openai-models";

// A square of 16 pixels a side, so that the example can be sent as it is.
constexpr std::string_view kPicture =
    "data:image/png;base64,"
    "iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAIAAACQkWg2AAAAFElEQVR42mNoIBEwjGoY1TB8NQAAJYSAELxv8c8AAAAASUVORK5CYII"
    "=";

// As images_render.cc writes it.
ApiJson ReplySchema() {
  return ApiJson::parse(R"({"type":"object","required":["created","data","usage","model"],"properties":{
    "created":{"type":"integer","description":"Seconds since 1970."},
    "background":{"const":"opaque"},
    "output_format":{"type":"string"},
    "size":{"type":"string","pattern":"^[0-9]+x[0-9]+$"},
    "data":{"type":"array","minItems":1,"items":{"type":"object","properties":{
      "url":{"type":"string"},"b64_json":{"type":"string"},"revised_prompt":{"type":"string"},
      "nsfw":{"const":true,"description":"fal's checker has blackened it; it is paid for all the same."}}}},
    "usage":{"type":"object","required":["input_tokens","output_tokens","total_tokens"],"properties":{
      "input_tokens":{"type":"integer"},"output_tokens":{"type":"integer"},"total_tokens":{"type":"integer"},
      "input_tokens_details":{"type":"object"},
      "cost_usd":{"type":"number","description":"What the pictures are thought to have cost."}}},
    "model":{"type":"string","description":"The model of the catalogue that made them."},
    "seed":{"type":"integer","minimum":0},
    "warnings":{"type":"array","items":{"type":"string"}}}})");
}

ApiJson ReplyExample() {
  return ApiJson::parse(
      R"({"created":1795660800,"background":"opaque","output_format":"png","size":"1024x1024",
    "data":[{"url":"https://v3.fal.media/files/lighthouse.png","revised_prompt":"a lighthouse at dusk"}],
    "usage":{"input_tokens":0,"input_tokens_details":{"image_tokens":0,"text_tokens":0},"output_tokens":0,
      "total_tokens":0,"cost_usd":0.024},"model":"text-to-image/flux-2","seed":42})");
}

ApiJson EventSchema(std::string_view type) {
  return {{"type", "string"},
          {"description",
           std::string("Server-sent events: `")
               .append(type)
               .append("` for each picture, `error` where it fails, and comments while it is made.")}};
}

ApiJson Examples(ImagesPath path) {
  if (path == ImagesPath::kEdits) {
    return {{"change",
             {{"summary", "Change a picture"},
              {"value", {{"model", "flux-2"}, {"prompt", "make it blue"}, {"image", kPicture}}}}}};
  }
  return {{"simple",
           {{"summary", "One picture"},
            {"value", {{"model", "flux-2"}, {"prompt", "a lighthouse at dusk"}, {"size", "1024x1024"}}}}},
          {"inline",
           {{"summary", "With the picture in the reply"},
            {"value",
             {{"model", "text-to-image/dev"},
              {"prompt", "a lighthouse at dusk"},
              {"response_format", "b64_json"}}}}},
          {"stream",
           {{"summary", "As a stream of events"},
            {"value", {{"model", "flux-2"}, {"prompt", "a lighthouse at dusk"}, {"stream", true}}}}}};
}

ApiJson FormSchema(const ApiJson& json) {
  ApiJson schema = json;
  const ApiJson file{{"type", "string"}, {"contentMediaType", "application/octet-stream"}};
  schema["properties"].erase("image");
  schema["properties"].erase("images");
  schema["properties"]["image[]"] = {{"type", "array"}, {"items", file}, {"minItems", 1}, {"maxItems", 16}};
  schema["properties"]["mask"] = file;
  schema["required"].push_back("image[]");
  return schema;
}

ApiJson ModelSchema() {
  return ApiJson::parse(R"({"type":"object","required":["id","object","created","owned_by"],"properties":{
    "id":{"type":"string"},"object":{"const":"model"},"created":{"type":"integer"},"owned_by":{"type":"string"},
    "root":{"type":"string","description":"The model of the catalogue that the name stands for."}}})");
}

ApiJson ModelExample(std::string_view id, std::string_view root) {
  ApiJson model{{"id", id}, {"object", "model"}, {"created", 0}, {"owned_by", "black-forest-labs"}};
  if (id != root) model["root"] = root;
  return model;
}

ApiJson PathParameter(std::string_view name, std::string_view what, std::string_view example) {
  return {{"name", name},
          {"in", "path"},
          {"required", true},
          {"description", what},
          {"schema", {{"type", "string"}}},
          {"example", example}};
}

ApiJson Ok(std::string_view what, const ApiJson& schema, const ApiJson& example) {
  return {{"200",
           {{"description", what},
            {"content", {{"application/json", {{"schema", schema}, {"example", example}}}}}}}};
}

}  // namespace

void ImagesDoor::Describe(const Route& route, ApiDocument& document) const {
  document.AddTag(kTag, "OpenAI's Images API: its SDKs need no change but the address and the key.");
  const bool edits = path_ == ImagesPath::kEdits;
  const ApiJson json = ImagesSchema(path_);
  if (edits) document.AddSchema("ImageReference", ImageReferenceSchema());
  const ApiJson request = document.AddSchema(edits ? "ImagesEdit" : "ImagesGenerate", json);
  const ApiJson reply = document.AddSchema("ImagesReply", ReplySchema());
  const std::string_view event = edits ? "image_edit.completed" : "image_generation.completed";
  ApiJson body{{"application/json", {{"schema", request}, {"examples", Examples(path_)}}}};
  if (edits) body["multipart/form-data"] = {{"schema", FormSchema(json)}};
  document.Add(route, std::string(route.pattern),
               {.id = edits ? "editImages" : "generateImages",
                .tag = std::string(kTag),
                .summary = edits ? "Change pictures" : "Make pictures",
                .description = edits ? "Buys pictures that are made of those that are sent: all of them "
                                       "changed, or the part that a "
                                       "mask leaves open."
                                     : "Buys pictures that are made of text.",
                .body = std::move(body),
                .body_description = "Fields of FLUX (seed, guidance_scale, …) are taken beside OpenAI's.",
                .replies = {{"200",
                             {{"description", "The pictures; they are paid for."},
                              {"content",
                               {{"application/json", {{"schema", reply}, {"example", ReplyExample()}}},
                                {"text/event-stream", {{"schema", EventSchema(event)}}}}},
                              {"links",
                               {{"job",
                                 {{"operationId", "getJob"},
                                  {"description", "What has become of the purchase, where it is remembered."},
                                  {"parameters", {{"id", "$response.header.x-job-id"}}}}}}}}}}});
}

void OpenAiModelsDoor::Describe(const Route& route, ApiDocument& document) const {
  document.AddTag(kModelsTag, "The models as OpenAI's API lists them.");
  const ApiJson model = document.AddSchema("OpenAiModel", ModelSchema());
  if (document.models().models().empty()) return;
  const std::string& whole = document.models().models(0).name();
  const std::size_t slash = whole.find('/');
  const std::string name = slash == std::string::npos ? whole : whole.substr(slash + 1);
  Operation operation{.tag = std::string(kModelsTag)};
  if (route.pattern.find('{') == std::string_view::npos) {
    operation.id = "listOpenAiModels";
    operation.summary = "List the models";
    operation.description = "Every model that the caller's key may buy, and the aliases.";
    const ApiJson list{
        {"type", "object"},
        {"required", {"object", "data"}},
        {"properties", {{"object", {{"const", "list"}}}, {"data", {{"type", "array"}, {"items", model}}}}}};
    operation.replies =
        Ok("The models.", list, {{"object", "list"}, {"data", ApiJson::array({ModelExample(whole, whole)})}});
  } else if (route.pattern.find("{kind}") != std::string_view::npos) {
    operation.id = "getOpenAiModel";
    operation.summary = "Find a model by its whole name";
    operation.description = "One model of the catalogue.";
    operation.parameters =
        ApiJson::array({PathParameter("kind", "The first part of its name.", whole.substr(0, slash)),
                        PathParameter("id", "The rest of it.", name)});
    operation.replies = Ok("The model.", model, ModelExample(whole, whole));
    operation.failures = {Reason::kUnknownModel};
  } else {
    operation.id = "getOpenAiModelByShortName";
    operation.summary = "Find a model by a short name";
    operation.description = "One model, by its name without the kind, or by an alias.";
    operation.parameters = ApiJson::array({PathParameter("id", "The name.", name)});
    operation.replies = Ok("The model.", model, ModelExample(name, whole));
    operation.failures = {Reason::kUnknownModel};
  }
  document.Add(route, std::string(route.pattern), std::move(operation));
}

ApiJson OpenAiDialect::DescribeError(ApiDocument& document) const {
  return document.AddSchema("OpenAiFailure",
                            ApiJson::parse(R"({"type":"object","required":["error"],"properties":{
    "error":{"type":"object","required":["message","type","param","code","reason","billed"],"properties":{
      "message":{"type":"string"},
      "type":{"type":"string"},
      "param":{"type":["string","null"],"description":"The field that is wrong."},
      "code":{"type":"string","description":"OpenAI's word for it, where it has one."},
      "reason":{"$ref":"#/components/schemas/Reason"},
      "billed":{"$ref":"#/components/schemas/Billed"},
      "job":{"type":"string","description":"Under which GET /api/v1/jobs/{id} finds the purchase."}}}}})"));
}

}  // namespace flux::gateway
