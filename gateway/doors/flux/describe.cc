// What /openapi.json tells of today's API: one path for each model, and the list of models.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "gateway/doors/api_document.h"
#include "gateway/doors/dollars.h"
#include "gateway/doors/flux/door.h"
#include "gateway/doors/flux/field_schema.h"
#include "gateway/doors/flux/flux.h"
#include "gateway/doors/flux/job_json.h"
#include "gateway/doors/flux/models.h"

namespace flux::gateway {
namespace {

std::string KindOf(const v1::Model& model) {
  return model.name().substr(0, model.name().find('/'));
}

std::string PriceOf(const v1::Model& model) {
  const std::string dollars = "$" + DollarsOfMicro(model.unit_price().micro_usd());
  switch (model.unit_price().unit()) {
    case v1::PRICE_UNIT_IMAGE:
      return dollars + " a picture";
    case v1::PRICE_UNIT_MEGAPIXEL_IN_OUT:
      return dollars + " a megapixel, in and out";
    default:
      return dollars + " a megapixel";
  }
}

void AddKindTag(const std::string& kind, ApiDocument& document) {
  if (kind == "text-to-image") {
    document.AddTag(kind, "Pictures from text.");
  } else if (kind == "image-to-image") {
    document.AddTag(kind, "Pictures from a picture, and mostly text.");
  } else if (kind == "inpainting") {
    document.AddTag(kind, "The masked part of a picture is painted anew.");
  } else if (kind == "transform") {
    document.AddTag(kind, "Another picture of one picture, without a prompt.");
  } else {
    document.AddTag(kind, "One or several pictures are changed as the text says.");
  }
}

ApiJson PictureSchema() {
  return ApiJson::parse(R"({"type":"object","required":["url"],"properties":{
    "url":{"type":"string","description":"Where the picture is, or a data URI with it."},
    "width":{"type":"integer","minimum":1},"height":{"type":"integer","minimum":1},
    "content_type":{"type":"string"}}})");
}

// As flux_render.cc writes it.
ApiJson DataSchema(ApiDocument& document) {
  ApiJson schema = ApiJson::parse(R"({"type":"object","required":["images","has_nsfw_concepts"],"properties":{
    "images":{"type":"array","minItems":1},
    "seed":{"type":"integer","minimum":0,"description":"Can exceed 2^53: read it as 64 bits."},
    "has_nsfw_concepts":{"type":"array","items":{"type":"boolean"},
      "description":"For each picture whether fal's checker has blackened it; it is paid for all the same."},
    "prompt":{"type":"string","description":"As it was used; the model may have rewritten it."}}})");
  schema["properties"]["images"]["items"] = document.AddSchema("Picture", PictureSchema());
  return schema;
}

ApiJson ReplySchema(ApiDocument& document) {
  ApiJson schema =
      ApiJson::parse(R"({"type":"object","required":["success","data","processing_time"],"properties":{
    "success":{"const":true},
    "data":{},
    "processing_time":{"type":"integer","minimum":0,"description":"Milliseconds."},
    "warnings":{"type":"array","items":{"type":"string"},
      "description":"What is worth knowing though it succeeded."}}})");
  schema["properties"]["data"] = document.AddSchema("Pictures", DataSchema(document));
  return schema;
}

// A reply as it is really written.
ApiJson ReplyExample() {
  constexpr std::uint32_t kWidth = 1024;
  constexpr std::uint32_t kHeight = 768;
  v1::Generation made;
  v1::GeneratedImage& image = *made.add_images();
  image.set_url("https://v3.fal.media/files/lighthouse.jpeg");
  image.set_width(kWidth);
  image.set_height(kHeight);
  image.set_content_type("image/jpeg");
  made.set_seed(42);
  made.set_prompt("a lighthouse at dusk");
  return ApiJson::parse(RenderFlux(made, 2310));
}

// A job as it is answered.
ApiJson BegunExample() {
  v1::Job job;
  job.set_id("5f0c2a9be1d44c6f9a3b7d1e8c6f2a10");
  job.set_state(v1::JOB_STATE_RESERVED);
  job.set_model("text-to-image/dev");
  job.set_billed(v1::BILLED_NO);
  return ApiJson::parse(RenderJob(job));
}

ApiJson JobLink() {
  return {{"job",
           {{"operationId", "getJob"},
            {"description", "What has become of the purchase, where it is remembered."},
            {"parameters", {{"id", "$response.header.x-job-id"}}}}}};
}

// The same as a form, in which pictures may be files.
ApiJson FormSchema(const v1::Model& model) {
  ApiJson schema{{"type", "object"},
                 {"description", "The fields of the JSON as text, and pictures as files."},
                 {"properties", ApiJson::object()}};
  const ApiJson file{{"type", "string"}, {"contentMediaType", "application/octet-stream"}};
  for (const v1::ModelParameter& parameter : model.parameters()) {
    if (parameter.name() == "prompt") schema["properties"]["prompt"] = {{"type", "string"}};
    if (parameter.name() == "images") schema["properties"]["image[]"] = {{"type", "array"}, {"items", file}};
    if (parameter.name() == "image" || parameter.name() == "mask")
      schema["properties"][parameter.name()] = file;
  }
  return schema;
}

ApiJson BodyOf(const v1::Model& model, ApiDocument& document) {
  std::string name = model.name();
  std::replace(name.begin(), name.end(), '/', '.');
  const ApiJson schema = document.AddSchema("request." + name, RequestSchema(model));
  ApiJson body{
      {"application/json",
       {{"schema", schema},
        {"examples",
         {{"simple", {{"summary", "The least that it needs"}, {"value", RequestExample(model)}}}}}}}};
  if (KindOf(model) != "text-to-image") body["multipart/form-data"] = {{"schema", FormSchema(model)}};
  return body;
}

Operation OperationFor(const v1::Model& model, ApiDocument& document) {
  const ApiJson schema = document.AddSchema("Reply", ReplySchema(document));
  const ApiJson examples{{"made", {{"summary", "One picture"}, {"value", ReplyExample()}}}};
  std::string description =
      "Buys pictures from `" + model.fal_endpoint() + "`, at about " + PriceOf(model) + ".";
  for (const std::string& sentence : {model.unconfirmed(), model.deprecated()}) {
    if (!sentence.empty()) description += " " + sentence;
  }
  if (model.longest_seconds() > 0) {
    description += " It may take " + std::to_string(model.longest_seconds()) +
                   " seconds: ask for a job (`Prefer: respond-async`).";
  }
  return {.id = WordFor(model.name()),
          .tag = KindOf(model),
          .summary = model.name(),
          .description = std::move(description),
          .body = BodyOf(model, document),
          .body_description = "Fields that are not set are not sent, so fal's defaults apply.",
          .replies = {{"200",
                       {{"description", "The pictures; they are paid for."},
                        {"content", {{"application/json", {{"schema", schema}, {"examples", examples}}}}},
                        {"links", JobLink()}}},
                      {"202",
                       {{"description", "It goes on as a job, as `Prefer` asked for."},
                        {"content",
                         {{"application/json",
                           {{"schema", ApiDocument::SchemaNamed("Job")}, {"example", BegunExample()}}}}},
                        {"headers",
                         {{"Location", {{"$ref", "#/components/headers/Location"}}},
                          {"Retry-After", {{"$ref", "#/components/headers/Retry-After"}}}}},
                        {"links", JobLink()}}}}};
}

// As models.cc writes it.
ApiJson ModelSchema() {
  return ApiJson::parse(R"({"type":"object",
    "required":["name","kind","endpoint","fal_endpoint","parameters","max_images","price"],"properties":{
    "name":{"type":"string"},
    "kind":{"type":"string","enum":["text-to-image","image-to-image","inpainting","edit","transform"]},
    "endpoint":{"type":"string","description":"Its path here."},
    "fal_endpoint":{"type":"string"},
    "parameters":{"type":"array","items":{"type":"object","required":["name","type","required"],"properties":{
      "name":{"type":"string"},
      "type":{"type":"string","enum":["string","integer","number","boolean","image","image_size","images","loras","object","objects"]},
      "required":{"type":"boolean"},
      "minimum":{"type":"number"},"maximum":{"type":"number"},
      "allowed":{"type":"array","items":{"type":"string"}},
      "default":{"type":"string","description":"What fal takes where it is not set."},
      "fal_name":{"type":"string","description":"What fal calls it; not there where fal never gets it."}}}},
    "max_images":{"type":"integer","minimum":1},
    "confirmed":{"type":"boolean","description":"False: something here is not confirmed by fal."},
    "unconfirmed":{"type":"string","description":"What is not confirmed."},
    "deprecated":{"type":"string","description":"Why it should not be used any more."},
    "longest_seconds":{"type":"integer","minimum":1,"description":"How long one generation may take, where that is longer than usual."},
    "price":{"type":"object","required":["usd","unit","source"],"properties":{"usd":{"type":"number"},
      "source":{"type":"string","enum":["fal","catalogue"],"description":"Who says so."},
      "catalogue_usd":{"type":"number","description":"The catalogue's price, where fal tells another one."},
      "note":{"type":"string","description":"What fal tells, where that could not be taken."},
      "unit":{"type":"string","enum":["megapixel","image","megapixel_in_out"]},
      "resolutions":{"type":"object","additionalProperties":{"type":"number"},
        "description":"What a picture of each resolution costs, in US dollars."}}}}})");
}

// The first model, with the fields that have no default: common linters take what has a type and a default
// for a schema, examples or not.
v1::ListModelsResponse FirstOf(const v1::ListModelsResponse& models) {
  v1::ListModelsResponse one;
  if (models.models().empty()) return one;
  const v1::Model& first = models.models(0);
  v1::Model& model = *one.add_models() = first;
  model.clear_parameters();
  for (const v1::ModelParameter& parameter : first.parameters()) {
    if (parameter.default_value().empty()) *model.add_parameters() = parameter;
  }
  return one;
}

}  // namespace

void FluxDoor::Describe(const Route& route, ApiDocument& document) const {
  for (const v1::Model& model : document.models().models()) {
    const std::string path = std::string(kBeforeModel) + model.name();
    if (!document.Leads(path, route)) continue;
    AddKindTag(KindOf(model), document);
    document.Add(route, path, OperationFor(model, document));
  }
}

void ModelsDoor::Describe(const Route& route, ApiDocument& document) const {
  document.AddTag("catalogue", "Which models there are, and what each takes.");
  ApiJson list{{"type", "object"},
               {"required", {"success", "simulated", "models"}},
               {"properties",
                {{"success", {{"const", true}}},
                 {"simulated",
                  {{"type", "boolean"},
                   {"description",
                    "True: pictures come from the simulator, which has said so itself; nothing is spent."}}},
                 {"models", {{"type", "array"}, {"items", document.AddSchema("Model", ModelSchema())}}}}}};
  const ApiJson first = ApiJson::parse(RenderModels(FirstOf(document.models())));
  const ApiJson examples{{"list", {{"summary", "The first of them, shortened"}, {"value", first}}}};
  document.Add(
      route, std::string(route.pattern),
      {.id = "listModels",
       .tag = "catalogue",
       .summary = "List the models",
       .description = "Every model with the fields that it takes, their ranges, and fal's defaults.",
       .replies = {{"200",
                    {{"description", "The catalogue in use."},
                     {"content", {{"application/json", {{"schema", list}, {"examples", examples}}}}}}}}});
}

ApiJson FluxDialect::DescribeError(ApiDocument& document) const {
  ApiJson schema = ApiJson::parse(R"({"type":"object",
    "required":["success","error","code","retryable","billed","request_id"],"properties":{
    "success":{"const":false},
    "error":{"type":"string","description":"One sentence that says what to change."},
    "code":{"$ref":"#/components/schemas/Reason"},
    "field":{"type":"string","description":"The first field that is wrong."},
    "violations":{"type":"array","items":{"type":"object","required":["field","message"],
      "properties":{"field":{"type":"string"},"message":{"type":"string"}}}},
    "retryable":{"type":"boolean","description":"True: the same request may succeed later, and has cost nothing."},
    "billed":{"$ref":"#/components/schemas/Billed"},
    "request_id":{"type":"string"},
    "job":{"type":"string","description":"Where to ask what has become of it."},
    "message":{"type":"string"},"timestamp":{"type":"string"},
    "fal_error":{"description":"What fal said, where it said something."},
    "supported_endpoints":{"type":"array","items":{"type":"string"}}}})");
  return document.AddSchema("Failure", schema);
}

}  // namespace flux::gateway
