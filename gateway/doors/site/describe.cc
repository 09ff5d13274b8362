// What /openapi.json tells of itself and of the page that shows it.
#include <string>
#include <string_view>
#include <utility>

#include "gateway/doors/api_document.h"
#include "gateway/doors/site/api_door.h"
#include "gateway/doors/site/pages_door.h"

namespace flux::gateway {
namespace {

constexpr std::string_view kTag = "documents";
constexpr std::string_view kTagMeans =
    "This description, for programs and for people; and a page to try it on.";

ApiJson Unchanged() {
  return {{"description", "It has not changed since the ETag of If-None-Match."}};
}

ApiJson ReplyWith(std::string_view what, std::string_view type, const ApiJson& media) {
  return {{"200", {{"description", what}, {"content", {{std::string(type), media}}}}}, {"304", Unchanged()}};
}

Operation Document(std::string id, std::string summary, std::string description, ApiJson replies) {
  return {.id = std::move(id),
          .tag = std::string(kTag),
          .summary = std::move(summary),
          .description = std::move(description),
          .replies = std::move(replies),
          .headers = {"ETag"}};
}

}  // namespace

void ApiDoor::Describe(const Route& route, ApiDocument& document) const {
  document.AddTag(kTag, kTagMeans);
  const ApiJson schema =
      ApiJson::parse(R"({"type":"object","required":["openapi","info","paths"],"properties":{
    "openapi":{"type":"string","pattern":"^3[.]1[.]"},"info":{"type":"object"},"paths":{"type":"object"}}})");
  const ApiJson example =
      ApiJson::parse(R"({"openapi":"3.1.0","info":{"title":"flux","version":"1"},"paths":{}})");
  document.Add(
      route, std::string(route.pattern),
      Document("getOpenApi", "Read this description",
               "OpenAPI 3.1, for this gateway's routes and the models in use.",
               ReplyWith("The document.", "application/json", {{"schema", schema}, {"example", example}})));
}

void PagesDoor::Describe(const Route& route, ApiDocument& document) const {
  document.AddTag(kTag, kTagMeans);
  const ApiJson text{{"schema", {{"type", "string"}}}};
  if (route.pattern.find('{') == std::string_view::npos) {
    return document.Add(
        route, std::string(route.pattern),
        Document("get" + std::string(word_), std::string(summary_), "A page for people, in a browser.",
                 ReplyWith("The page.", "text/html", text)));
  }
  Operation operation =
      Document("get" + std::string(word_) + "File", "A file of that page", "Named by its content's hash.",
               ReplyWith("The file.", "text/javascript", text));
  const std::string example = files_.rbegin()->first;
  operation.parameters = ApiJson::array({{{"name", "file"},
                                          {"in", "path"},
                                          {"required", true},
                                          {"description", "A name that the page has."},
                                          {"schema", {{"type", "string"}}},
                                          {"example", example}}});
  operation.replies["200"]["content"]["text/css"] = text;
  operation.replies["200"]["content"]["image/svg+xml"] = text;
  operation.failures = {Reason::kUnsupportedEndpoint};
  document.Add(route, std::string(route.pattern), std::move(operation));
}

}  // namespace flux::gateway
