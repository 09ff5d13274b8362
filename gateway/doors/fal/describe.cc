// What /openapi.json tells of fal's own paths: one path for each app, and one for each verb of the queue.
#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/doors/api_document.h"
#include "gateway/doors/fal/apps.h"
#include "gateway/doors/fal/door.h"
#include "gateway/doors/fal/fal_dialect.h"
#include "gateway/doors/fal/parameters.h"
#include "gateway/doors/fal/words.h"
#include "gateway/doors/flux/field_schema.h"

namespace flux::gateway {
namespace {

constexpr std::string_view kTag = "fal";
constexpr std::string_view kAppsTag = "fal-apps";
constexpr std::string_view kRest = "{...}";
constexpr std::string_view kQueue = "/fal/queue/";

// What a purchase may have come to that is asked for later.
const std::vector<Reason>& OfEndedJobs() {
  static const std::vector<Reason> reasons = {Reason::kUnknownJob,
                                              Reason::kStoreUnavailable,
                                              Reason::kCancelled,
                                              Reason::kOutcomeUnknown,
                                              Reason::kUpstreamRejectedInput,
                                              Reason::kContentPolicy,
                                              Reason::kUpstreamThrottled,
                                              Reason::kUpstreamUnreachable,
                                              Reason::kUpstreamUntrusted,
                                              Reason::kUpstreamBusy,
                                              Reason::kUpstreamError,
                                              Reason::kUpstreamTimeout,
                                              Reason::kUpstreamConnectionLost,
                                              Reason::kUpstreamAccount,
                                              Reason::kUpstreamNotFound,
                                              Reason::kUpstreamProtocol,
                                              Reason::kUpstreamNoImages,
                                              Reason::kUpstreamReplyTooLarge};
  return reasons;
}

// The fields of one model under fal's names.
void AddFields(const v1::Model& model, ApiJson& properties) {
  const ApiJson ours = RequestSchema(model);
  for (const v1::ModelParameter& parameter : model.parameters()) {
    if (IsSwitch(parameter)) continue;
    const ApiJson& field = ours["properties"][PublicName(parameter.name())];
    const std::string name = FieldOf(parameter);
    properties[name] = IsSingle(parameter) ? field["items"] : field;
    if (IsListed(parameter)) properties[name] = {{"type", "array"}, {"items", field}, {"maxItems", 1}};
  }
}

// The fields of an app. What only some of its models need, it does not.
ApiJson FieldsOf(std::span<const v1::Model> models) {
  ApiJson schema{
      {"type", "object"}, {"title", models.front().fal_endpoint()}, {"properties", ApiJson::object()}};
  for (const v1::Model& model : models) AddFields(model, schema["properties"]);
  for (const v1::ModelParameter& parameter : models.front().parameters()) {
    const bool always = std::ranges::all_of(models, [&](const v1::Model& model) {
      return std::ranges::any_of(model.parameters(), [&](const v1::ModelParameter& other) {
        return other.required() && other.name() == parameter.name();
      });
    });
    if (always && !IsSwitch(parameter)) schema["required"].push_back(FieldOf(parameter));
  }
  return schema;
}

ApiJson ExampleOf(const v1::Model& model) {
  const ApiJson ours = RequestExample(model);
  ApiJson example = ApiJson::object();
  for (const v1::ModelParameter& parameter : model.parameters()) {
    const auto found = ours.find(PublicName(parameter.name()));
    if (found == ours.end() || IsSwitch(parameter)) continue;
    example[FieldOf(parameter)] = IsSingle(parameter) ? found->at(0) : *found;
    if (IsListed(parameter)) example[FieldOf(parameter)] = ApiJson::array({*found});
  }
  return example;
}

// As fal_reply.cc writes them.
ApiJson OutputSchema(ApiDocument& document) {
  return document.AddSchema("FalOutput",
                            ApiJson::parse(R"({"type":"object","required":["images"],"properties":{
    "images":{"type":"array","minItems":1,"items":{"type":"object","required":["url"],"properties":{
      "url":{"type":"string"},"width":{"type":"integer","minimum":1},"height":{"type":"integer","minimum":1},
      "content_type":{"type":"string"}}}},
    "image":{"type":"object","description":"The same picture, of an app that makes one of one."},
    "timings":{"type":"object","properties":{"inference":{"type":"number","description":"Seconds."}}},
    "seed":{"type":"integer","minimum":0,"description":"Can exceed 2^53: read it as 64 bits."},
    "has_nsfw_concepts":{"type":"array","items":{"type":"boolean"}},
    "prompt":{"type":"string"}}})"));
}

ApiJson SubmittedSchema(ApiDocument& document) {
  return document.AddSchema("FalSubmitted", ApiJson::parse(R"({"type":"object",
    "required":["status","request_id","response_url","status_url","cancel_url","queue_position"],"properties":{
    "status":{"const":"IN_QUEUE"},
    "request_id":{"type":"string","pattern":"^[0-9a-f]{32}$"},
    "response_url":{"type":"string"},"status_url":{"type":"string"},"cancel_url":{"type":"string"},
    "queue_position":{"type":"integer","minimum":0},
    "logs":{"type":"null"},"metrics":{"type":"object"}}})"));
}

ApiJson StatusSchema(ApiDocument& document) {
  return document.AddSchema("FalStatus", ApiJson::parse(R"({"type":"object",
    "required":["status","request_id","response_url","status_url","cancel_url"],"properties":{
    "status":{"type":"string","enum":["IN_QUEUE","IN_PROGRESS","COMPLETED"]},
    "request_id":{"type":"string","pattern":"^[0-9a-f]{32}$"},
    "response_url":{"type":"string"},"status_url":{"type":"string"},"cancel_url":{"type":"string"},
    "queue_position":{"type":"integer","minimum":0},
    "logs":{"type":["array","null"],"items":{"type":"object"},"description":"What the model has written so far, its newest 200 lines, where `logs=1` is asked for."},
    "metrics":{"type":"object","properties":{"inference_time":{"type":"number","description":"Seconds."}}},
    "error":{"type":"string","description":"Why it is COMPLETED without a result."},
    "error_type":{"$ref":"#/components/schemas/Reason"}}})"));
}

ApiJson CancelledSchema() {
  return ApiJson::parse(R"({"type":"object","required":["status"],"properties":{
    "status":{"const":"CANCELLATION_REQUESTED"}}})");
}

ApiJson JsonReply(std::string_view what, const ApiJson& schema) {
  return {{"description", what}, {"content", {{"application/json", {{"schema", schema}}}}}};
}

ApiJson EitherOf(ApiJson one, ApiJson other) {
  return {{"anyOf", ApiJson::array({std::move(one), std::move(other)})}};
}

ApiJson Parameter(std::string_view in, std::string_view name, std::string_view what) {
  return {{"name", name},
          {"in", in},
          {"required", true},
          {"description", what},
          {"schema", {{"type", "string"}}}};
}

ApiJson WithExample(ApiJson parameter, std::string_view example) {
  parameter["example"] = example;
  return parameter;
}

std::string_view OwnerOf(std::string_view app) {
  return app.substr(0, app.find('/'));
}

std::string_view AliasOf(std::string_view app) {
  const std::string_view both = OwnerAndAlias(app);
  return both.substr(std::min(both.find('/') + 1, both.size()));
}

// What may be done at a request of the queue.
struct Verb {
  std::string_view method;
  std::string_view path;  // after the request's id
  std::string_view word;
  std::string_view summary;
  std::string_view description;
};

constexpr std::array<Verb, 4> kVerbs = {{
    {"GET", "/status", "status", "See how far a request is",
     "How far it is: 202 until it is COMPLETED, with a result or with an error."},
    {"GET", "/status/stream", "status/stream", "Follow a request",
     "The same as a stream of events, one for each change, until it is COMPLETED."},
    {"GET", "", "result", "Fetch a result",
     "The pictures, or why there are none; 400 while it is in progress."},
    {"PUT", "/cancel", "cancel", "Cancel a request",
     "Asks fal to leave it. 400 with ALREADY_COMPLETED where it is over; what fal has begun may be paid "
     "for."},
}};

std::string IdOf(std::string_view before, const Verb& verb) {
  return WordFor(Cat({before, verb.word}));
}

ApiJson RepliesOf(const Verb& verb, ApiDocument& document) {
  if (verb.word == "status") {
    const ApiJson schema = StatusSchema(document);
    return {{"200", JsonReply("It is completed.", schema)}, {"202", JsonReply("It is not yet.", schema)}};
  }
  if (verb.word == "status/stream") {
    return {
        {"200",
         {{"description", "Events with statuses, as fal's queue has them."},
          {"content",
           {{"text/event-stream",
             {{"schema", {{"type", "string"}, {"description", "Each event's data is a FalStatus."}}}}}}}}}};
  }
  if (verb.word == "cancel") {
    return {{"202", JsonReply("fal is asked to leave it.", CancelledSchema())},
            {"400", JsonReply("It is over already.", document.SchemaNamed("FalFailure"))}};
  }
  return {{"200", JsonReply("The pictures.", OutputSchema(document))}};
}

Operation VerbOperation(std::string_view before, const Verb& verb, std::string_view app,
                        ApiDocument& document) {
  Operation operation{.id = IdOf(before, verb),
                      .tag = std::string(kTag),
                      .summary = std::string(verb.summary),
                      .description = std::string(verb.description)};
  if (before == kQueue) {
    operation.parameters.push_back(
        WithExample(Parameter("path", "owner", "The first part of the app."), OwnerOf(app)));
  }
  operation.parameters.push_back(
      WithExample(Parameter("path", "alias", "The second part of the app."), AliasOf(app)));
  operation.parameters.push_back(Parameter("path", "id", "As `request_id` told it."));
  operation.replies = RepliesOf(verb, document);
  operation.headers = {"x-fal-request-id"};
  operation.failures = {Reason::kUnknownJob, Reason::kStoreUnavailable};
  if (verb.word == "result") {
    operation.failures = OfEndedJobs();
    operation.headers = {"x-fal-request-id",    "x-fal-billable-units", "x-cost-usd", "x-fal-attempts",
                         "x-queue-position",    "x-queue-wait-ms",      "x-job-id",   "Server-Timing",
                         "Idempotent-Replayed", "x-budget-left-usd"};
  }
  return operation;
}

// From a submit to all that may be done at its request.
ApiJson LinksOf(std::string_view app) {
  ApiJson links = ApiJson::object();
  for (const Verb& verb : kVerbs) {
    links[WordFor(verb.word)] = {
        {"operationId", IdOf(kQueue, verb)},
        {"description", verb.summary},
        {"parameters",
         {{"owner", OwnerOf(app)}, {"alias", AliasOf(app)}, {"id", "$response.body#/request_id"}}}};
  }
  return links;
}

ApiJson BodyOf(std::span<const v1::Model> models, ApiDocument& document) {
  std::string name = "fal." + models.front().fal_endpoint();
  for (char& c : name) {
    if (c == '/') c = '.';
  }
  const ApiJson schema = document.AddSchema(name, FieldsOf(models));
  return {{"application/json",
           {{"schema", schema},
            {"examples",
             {{"simple", {{"summary", "The least that it needs"}, {"value", ExampleOf(models.front())}}}}}}}};
}

Operation AppOperation(std::string_view before, std::span<const v1::Model> models, ApiDocument& document) {
  const std::string& app = models.front().fal_endpoint();
  Operation operation{.id = WordFor(Cat({before, app})),
                      .tag = std::string(kAppsTag),
                      .body = BodyOf(models, document),
                      .body_description = "fal's own fields; those that are not set are not sent.",
                      .headers = {"x-fal-billable-units"}};
  std::string model_word;
  for (const v1::Model& model : models) {
    model_word += (model_word.empty() ? "`" : " or `") + model.name() + "`";
  }
  if (before == kQueue) {
    operation.summary = "Queue " + app;
    operation.description = "Buys pictures of " + model_word + " as queue.fal.run does: it answers at once.";
    operation.replies = {{"200", JsonReply("It is taken; it may be paid for.", SubmittedSchema(document))}};
    operation.replies["200"]["links"] = LinksOf(app);
    return operation;
  }
  const ApiJson output = OutputSchema(document);
  ApiJson reply = JsonReply("The pictures; they are paid for.", output);
  if (before == "/fal/run/") {
    operation.summary = "Run " + app;
    operation.description = "Buys pictures of " + model_word +
                            " as fal.run does. With `/stream` after the app, the answer is one event.";
  } else {
    operation.summary = app;
    operation.description =
        "Buys pictures of " + model_word +
        " as on fal's own hosts: as queue.fal.run where the Host begins with `queue.`, else "
        "as fal.run.";
    reply = JsonReply("The pictures; or of a queue, that it is taken.",
                      EitherOf(output, SubmittedSchema(document)));
  }
  operation.replies = {{"200", std::move(reply)}};
  return operation;
}

void AddProxy(const Route& route, std::string_view app, ApiDocument& document) {
  ApiJson target =
      Parameter("header", kTargetHeader,
                "The address of fal's that is meant: an app on https://fal.run, an app or a "
                "request on https://queue.fal.run, or the storage upload of https://rest.fal.ai.");
  Operation operation{
      .tag = std::string(kTag),
      .description =
          "The proxy protocol of fal's clients. Nothing is passed on as it came: it is served as "
          "on the other paths of this group."};
  const ApiJson output = OutputSchema(document);
  const ApiJson status = StatusSchema(document);
  if (route.method == "POST") {
    operation.id = "falProxyPost";
    operation.summary = "Buy through the proxy protocol";
    target["example"] = Cat({"https://queue.fal.run/", app});
    const AppTable apps(document.models());
    operation.body = {
        {"application/json",
         {{"schema", {{"type", "object"}}},
          {"examples",
           {{"simple", {{"summary", "To a queue"}, {"value", ExampleOf(apps.Find(app).front())}}}}}}}};
    operation.body_description = "As at the address that is meant.";
    operation.replies = {
        {"200", JsonReply("As from the address that is meant.",
                          {{"anyOf", ApiJson::array({output, SubmittedSchema(document),
                                                     document.SchemaNamed("FalUpload")})}})}};
    operation.replies["200"]["links"] = {
        {"status",
         {{"operationId", "falProxyGet"},
          {"parameters", {{std::string(kTargetHeader), "$response.body#/status_url"}}}}},
        {"cancel",
         {{"operationId", "falProxyPut"},
          {"parameters", {{std::string(kTargetHeader), "$response.body#/cancel_url"}}}}}};
    operation.headers = {"x-fal-billable-units"};
    operation.failures = {Reason::kMethodNotAllowed, Reason::kUnsupportedEndpoint};
  } else if (route.method == "GET") {
    operation.id = "falProxyGet";
    operation.summary = "Look through the proxy protocol";
    operation.replies = {{"200", JsonReply("As from the address that is meant.", EitherOf(status, output))},
                         {"202", JsonReply("It is not completed yet.", status)}};
    operation.failures = OfEndedJobs();
    operation.failures.push_back(Reason::kMethodNotAllowed);
    operation.failures.push_back(Reason::kUnsupportedEndpoint);
    operation.headers = {"x-fal-request-id",    "x-fal-billable-units", "x-cost-usd", "x-fal-attempts",
                         "x-queue-position",    "x-queue-wait-ms",      "x-job-id",   "Server-Timing",
                         "Idempotent-Replayed", "x-budget-left-usd"};
  } else {
    operation.id = "falProxyPut";
    operation.summary = "Cancel through the proxy protocol";
    operation.replies = RepliesOf(kVerbs.back(), document);
    operation.failures = {Reason::kUnknownJob, Reason::kStoreUnavailable, Reason::kMethodNotAllowed};
    operation.headers = {"x-fal-request-id"};
  }
  operation.parameters.push_back(std::move(target));
  operation.replies["412"] =
      JsonReply("The address that is meant is none of those.", document.SchemaNamed("FalFailure"));
  document.Add(route, std::string(route.pattern), std::move(operation));
}

void AddInitiate(const Route& route, ApiDocument& document) {
  document.Add(
      route, "/fal/rest/storage/upload/initiate",
      {.id = "falUploadBegin",
       .tag = std::string(kTag),
       .summary = "Begin an upload",
       .description =
           "Where a picture can be put, and by which address requests name it then. It is kept for a "
           "quarter of an hour, for its own caller. Files in several parts are not taken.",
       .body = {{"application/json",
                 {{"schema", {{"type", "object"}}},
                  {"examples",
                   {{"png",
                     {{"summary", "A picture"},
                      {"value", {{"file_name", "a.png"}, {"content_type", "image/png"}}}}}}}}}},
       .body_description = "An object; nothing in it counts.",
       .replies = {{"200", JsonReply("Where it goes.", document.SchemaNamed("FalUpload"))}},
       .failures = {Reason::kInvalidJson, Reason::kUnsupportedEndpoint}});
}

void AddUpload(const Route& route, ApiDocument& document) {
  document.Add(
      route, "/fal/upload/{name}",
      {.id = "falUploadPut",
       .tag = std::string(kTag),
       .summary = "Put a picture",
       .description =
           "Takes the bytes of one picture, once. The name cannot be guessed, so no key is asked for.",
       .parameters = ApiJson::array({Parameter("path", "name", "As `upload_url` told it.")}),
       .body = {{"*/*", ApiJson::object()}},
       .body_description = "The picture.",
       .replies = {{"200", JsonReply("It is here.", {{"type", "object"}})}},
       .failures = {Reason::kUnsupportedEndpoint, Reason::kInvalidField}});
}

}  // namespace

void FalDoor::Describe(const Route& route, ApiDocument& document) const {
  document.AddTag(kAppsTag, "The models under fal's own names for them, with fal's own fields.");
  document.AddTag(kTag,
                  "What clients of fal need beside its apps: the queue, uploads, and the proxy protocol.");
  document.AddSchema("FalUpload", ApiJson::parse(R"({"type":"object","required":["upload_url","file_url"],
    "properties":{"upload_url":{"type":"string","description":"Where PUT takes the picture."},
      "file_url":{"type":"string","description":"What requests say for it."}}})"));
  dialect_.DescribeError(document);
  if (route.access == Access::kOpen) return AddUpload(route, document);
  if (route.pattern.starts_with("/fal/rest/")) return AddInitiate(route, document);
  const AppTable apps(document.models());
  std::string_view first;  // app that this route is for
  const std::string_view before = route.pattern.substr(0, route.pattern.find(kRest));
  for (const v1::Model& model : document.models().models()) {
    const std::string& app = model.fal_endpoint();
    if (app.empty() || apps.Find(app).front().name() != model.name()) continue;
    const bool own = before.starts_with("/fal/") || route.pattern.find(kRest) == std::string_view::npos;
    if (!own && OwnerOf(app) != before.substr(1, before.size() - 2)) continue;
    if (first.empty()) first = app;
    if (route.method != "POST" || route.pattern.find(kRest) == std::string_view::npos) continue;
    document.Add(route, Cat({own ? before : "/", app}),
                 AppOperation(own ? before : "/", apps.Find(app), document));
  }
  if (first.empty()) return;
  if (route.pattern.find(kRest) == std::string_view::npos) return AddProxy(route, first, document);
  for (const Verb& verb : kVerbs) {
    if (verb.method != route.method) continue;
    const std::string_view app = before == kQueue ? "{owner}/{alias}" : "{alias}";
    document.Add(route, Cat({before, app, "/requests/{id}", verb.path}),
                 VerbOperation(before, verb, first, document));
  }
}

ApiJson FalDialect::DescribeError(ApiDocument& document) const {
  const ApiJson schema = ApiJson::parse(R"({"type":"object","anyOf":[
    {"required":["detail"]},{"required":["status"]}],"properties":{
    "detail":{"description":"A sentence; or, where fields are wrong, one entry for each.","oneOf":[
      {"type":"string"},
      {"type":"array","items":{"type":"object","required":["loc","msg","type"],"properties":{
        "loc":{"type":"array","items":{"type":["string","integer"]}},
        "msg":{"type":"string"},"type":{"type":"string"},"ctx":{"type":"object"},"input":{}}}}]},
    "status":{"type":"string","description":"Of requests of the queue: NOT_FOUND, or ALREADY_COMPLETED alone."},
    "type":{"type":"string","description":"Of 429, as fal tells it."},
    "error_type":{"type":"string","description":"As in the header x-fal-error-type."}}})");
  return document.AddSchema("FalFailure", schema);
}

}  // namespace flux::gateway
