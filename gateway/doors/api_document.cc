// Tables of what is common, and the putting together.
#include "gateway/doors/api_document.h"

#include <absl/strings/ascii.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <span>
#include <utility>

#include "base/status.h"
#include "gateway/doors/idempotency.h"
#include "gateway/http/grammar.h"

namespace flux::gateway {
namespace {

constexpr std::string_view kTitle = "flux";
constexpr std::string_view kAbout =
    "Pictures from the FLUX models on fal.ai, through a gateway that buys each picture once.\n\n"
    "A generation is a purchase: it takes seconds, costs cents and cannot be taken back. So every failure "
    "says whether it cost money (`billed`: `no`, `maybe`, `yes`), nothing that may have been billed is ever "
    "sent again by the server, and a request with an `Idempotency-Key` may be sent again by its caller: the "
    "picture is bought once and told again.\n\n"
    "Values may be of a looser type than is written here where their meaning is beyond doubt (`\"2\"` for "
    "`2`); what is written here is always right. Defaults are fal's: what is not set is not sent.";

constexpr std::string_view kTextSchema = R"({"type":"string"})";
constexpr std::string_view kCountSchema = R"({"type":"integer","minimum":0})";
constexpr std::string_view kUsdSchema = R"({"type":"string","pattern":"^-?[0-9]+([.][0-9]+)?$"})";
constexpr std::string_view kTrueSchema = R"({"type":"string","const":"true"})";

constexpr std::string_view kOnAll[] = {"X-Request-Id"};
constexpr std::string_view kOnSpending[] = {"RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"};
constexpr std::string_view kOnPurchases[] = {"x-fal-request-id", "x-cost-usd",          "x-fal-attempts",
                                             "x-queue-position", "x-queue-wait-ms",     "x-job-id",
                                             "Server-Timing",    "Idempotent-Replayed", "x-budget-left-usd"};
constexpr std::string_view kOnWaiting[] = {"Preference-Applied"};
constexpr std::string_view kOnLostPurchases[] = {"x-should-retry", "x-fal-request-id", "x-job-id"};

// What any request may be told, whatever it asks for.
constexpr Reason kAnywhere[] = {Reason::kMalformedRequest,  Reason::kHostNotAllowed,
                                Reason::kRequestTimeout,    Reason::kPayloadTooLarge,
                                Reason::kExpectationFailed, Reason::kHeadersTooLarge,
                                Reason::kInternal,          Reason::kTransferEncodingUnsupported,
                                Reason::kOverloaded,        Reason::kVersionUnsupported};

// What a request may be told whose answer is flux-service's.
constexpr Reason kWithAService[] = {Reason::kUnauthenticated,    Reason::kServiceLost,
                                    Reason::kServiceUnavailable, Reason::kServiceOverloaded,
                                    Reason::kShuttingDown,       Reason::kDeadlineExceeded};

// What is only told of purchases.
constexpr Reason kWhereItSpends[] = {Reason::kInvalidJson,
                                     Reason::kInvalidForm,
                                     Reason::kUnsupportedMediaType,
                                     Reason::kUnsupportedHeader,
                                     Reason::kOriginNotAllowed,
                                     Reason::kModelNotAllowed,
                                     Reason::kRateLimited,
                                     Reason::kConcurrencyLimited,
                                     Reason::kInvalidField,
                                     Reason::kUnknownModel,
                                     Reason::kCancelled,
                                     Reason::kInvalidIdempotencyKey,
                                     Reason::kIdempotencyKeyReused,
                                     Reason::kOutcomeUnknown,
                                     Reason::kBudgetExceeded,
                                     Reason::kStoreUnavailable,
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

ApiJson HeaderNamed(std::string_view name) {
  return {{"$ref", std::string("#/components/headers/").append(name)}};
}

void AddHeaders(std::span<const std::string_view> names, ApiJson& headers) {
  for (const std::string_view name : names) headers[std::string(name)] = HeaderNamed(name);
}

// Those of a reply that are documented.
void AddHeadersOf(const Reply& reply, ApiJson& headers) {
  for (const ApiHeader& header : ApiHeaders()) {
    const bool has = std::ranges::any_of(
        reply.headers, [&](const auto& given) { return EqualsIgnoreCase(given.first, header.name); });
    if (has) headers[std::string(header.name)] = HeaderNamed(header.name);
  }
}

// As render.cc and the guard add them.
void AddFailureHeaders(bool spends, int status, ApiJson& headers) {
  constexpr std::string_view kBudget[] = {"x-budget-left-usd"};
  constexpr std::string_view kWait[] = {"Retry-After"};
  constexpr std::string_view kStop[] = {"x-should-retry"};
  constexpr int kFailed = 500;
  if (spends) {
    AddHeaders(kOnSpending, headers);
    AddHeaders(kOnLostPurchases, headers);
  } else if (status >= kFailed) {
    AddHeaders(kStop, headers);
  }
  if (spends && (status == 402 || status == 429)) AddHeaders(kBudget, headers);
  if (status == 429 || status == 503) AddHeaders(kWait, headers);
}

std::set<Reason> ReasonsOf(const Route& route, const std::vector<Reason>& own) {
  std::set<Reason> reasons(std::begin(kAnywhere), std::end(kAnywhere));
  const bool spends = route.access == Access::kSpends;
  const bool looks = route.access == Access::kLooks;
  if (spends || looks || route.access == Access::kKey) {
    reasons.insert(std::begin(kWithAService), std::end(kWithAService));
  }
  if (looks) reasons.insert(Reason::kRateLimited);
  if (spends) reasons.insert(std::begin(kWhereItSpends), std::end(kWhereItSpends));
  reasons.insert(own.begin(), own.end());
  return reasons;
}

// Every row of the error table, for programs; and its names as a type.
ApiJson ReasonSchema() {
  ApiJson schema{{"type", "string"},
                 {"description",
                  "Why a request failed. Branch on this, not on the sentence. `x-reasons` has for each name "
                  "its HTTP status, whether it cost money, whether the same request may be sent again, and "
                  "what it means."},
                 {"enum", ApiJson::array()},
                 {"x-reasons", ApiJson::array()}};
  for (const ReasonRow& row : ReasonTable()) {
    schema["enum"].push_back(row.name);
    schema["x-reasons"].push_back({{"name", row.name},
                                   {"status", row.http_status},
                                   {"billed", Name(row.billed)},
                                   {"retryable", row.retryable && row.billed == Billed::kNo},
                                   {"meaning", row.meaning}});
  }
  return schema;
}

ApiJson HeaderComponents() {
  ApiJson headers = ApiJson::object();
  for (const ApiHeader& header : ApiHeaders()) {
    headers[std::string(header.name)] = {{"description", header.what},
                                         {"schema", ApiJson::parse(header.schema)}};
  }
  return headers;
}

ApiJson ParameterComponents() {
  return {
      {"IdempotencyKey",
       {{"name", kKeyHeader},
        {"in", "header"},
        {"description",
         "Makes the purchase happen once. The same key with the same request tells the same picture "
         "again, or waits for it; with another request it is refused. Use a new one for each picture "
         "that is wanted."},
        {"schema", ApiJson::parse(R"({"type":"string","minLength":1,"maxLength":255})")}}},
      {"Prefer",
       {{"name", "Prefer"},
        {"in", "header"},
        {"description",
         "How to wait for the pictures (RFC 7240). `respond-async`: not at all; the answer is 202 and a job. "
         "`wait=20`: for so many seconds at most, then the same. Without it the answer is the pictures, "
         "however long they take."},
        {"schema", ApiJson::parse(kTextSchema)}}},
      {"RequestId",
       {{"name", "X-Request-Id"},
        {"in", "header"},
        {"description", "A name of yours for this request; it is in the reply and in the logs."},
        {"schema", ApiJson::parse(kTextSchema)}}}};
}

ApiJson SecurityComponents() {
  return {{"bearer",
           {{"type", "http"},
            {"scheme", "bearer"},
            {"description",
             "An API key of this gateway, where its operator has set any: `Authorization: "
             "Bearer KEY`."}}},
          {"key",
           {{"type", "apiKey"},
            {"in", "header"},
            {"name", "X-API-Key"},
            {"description", "The same key, for programs that cannot set Authorization."}}}};
}

// Keys are the operator's choice, so none at all is one of the ways.
ApiJson Security(Access access) {
  if (access == Access::kOpen || access == Access::kSigned) return ApiJson::array();
  return ApiJson::array({{{"bearer", ApiJson::array()}}, {{"key", ApiJson::array()}}, ApiJson::object()});
}

}  // namespace

const std::vector<ApiHeader>& ApiHeaders() {
  static const std::vector<ApiHeader> headers = {
      {"X-Request-Id", kTextSchema, "Id of the request: yours, if you sent one."},
      {"x-fal-request-id", kTextSchema, "fal's id of the request, where fal was asked."},
      {"x-cost-usd", kUsdSchema, "What the pictures are thought to have cost, in US dollars."},
      {"x-fal-attempts", kCountSchema, "How often fal was asked, where that was more than once."},
      {"x-queue-position", kCountSchema, "How many were ahead in the queue for fal, where there was one."},
      {"x-queue-wait-ms", kCountSchema, "How long the request waited there, in milliseconds."},
      {"x-job-id", R"({"type":"string","pattern":"^[0-9a-f]{32}$"})",
       "Under which GET /api/v1/jobs/{id} finds a purchase that is remembered."},
      {"Server-Timing", kTextSchema,
       "Where the time went, where the purchase is remembered: `total`, `fal` and `queue`, in milliseconds."},
      {"Idempotent-Replayed", kTrueSchema, "`true`: bought by an earlier request with the same key."},
      {"x-budget-left-usd", kUsdSchema,
       "What is left of the caller's budget with least left, in US dollars."},
      {"x-should-retry", R"({"type":"string","const":"false"})",
       "`false`: do not send this again by yourself; it may have been paid for, or would be refused again."},
      {"x-fal-billable-units", R"({"type":"string","pattern":"^[0-9.eE+-]+$"})",
       "As fal tells it: how many units of the app's price were paid for."},
      {"x-fal-error-type", kTextSchema, "As fal tells it: what kind of failure of its platform it is."},
      {"x-fal-retryable", R"({"type":"string","enum":["true","false"]})",
       "Whether the same request may be sent again: it has cost nothing and may succeed."},
      {"x-fal-needs-retry", R"({"type":"string","const":"1"})", "Send the same request again, later."},
      {"x-fal-request-timeout-type", R"({"type":"string","const":"user"})",
       "`user`: fal's clients do not send it again by themselves."},
      {"Retry-After", kCountSchema, "Seconds to wait before asking again."},
      {"RateLimit-Limit", kCountSchema,
       "Requests that the caller may make in a minute, where there is a limit."},
      {"RateLimit-Remaining", kCountSchema, "How many of them are left."},
      {"RateLimit-Reset", kCountSchema, "Seconds until all are back."},
      {"Location", kTextSchema, "Where the job is."},
      {"Preference-Applied", kTextSchema, "What of the header Prefer was done."},
      {"Link", kTextSchema, "Where the next page is: `rel=\"next\"`."},
      {"ETag", kTextSchema, "Changes whenever the content does; send it as If-None-Match to be told 304."},
  };
  return headers;
}

ApiDocument::ApiDocument(const RouteTable& routes, const v1::ListModelsResponse& models)
    : routes_(routes), models_(models) {
  AddSchema("Reason", ReasonSchema());
  AddSchema("Billed", {{"type", "string"},
                       {"enum", {"no", "maybe", "yes"}},
                       {"description", "Whether it cost money. `maybe` is not known (yet)."}});
}

bool ApiDocument::Leads(std::string_view path, const Route& route) const {
  return routes_.Find(path, route.method).route == &route;
}

void ApiDocument::AddTag(std::string_view name, std::string_view description) {
  const bool known = std::ranges::any_of(tags_, [name](const ApiJson& tag) { return tag["name"] == name; });
  if (!known) tags_.push_back({{"name", name}, {"description", description}});
}

ApiJson ApiDocument::AddSchema(const std::string& name, const ApiJson& schema) {
  if (!schemas_.contains(name)) schemas_[name] = schema;
  return SchemaNamed(name);
}

ApiJson ApiDocument::SchemaNamed(const std::string& name) {
  return {{"$ref", "#/components/schemas/" + name}};
}

void ApiDocument::Add(const Route& route, const std::string& path, Operation operation) {
  // Names of models may differ in signs only.
  std::string id = operation.id;
  for (int next = 2; !ids_.insert(id).second; ++next) id = operation.id + "_" + std::to_string(next);
  ApiJson json{{"operationId", id},
               {"tags", {operation.tag}},
               {"summary", operation.summary},
               {"description", operation.description},
               {"security", Security(route.access)}};
  ApiJson parameters = Parameters(route, std::move(operation.parameters));
  if (!parameters.empty()) json["parameters"] = std::move(parameters);
  if (!operation.body.is_null()) {
    json["requestBody"] = {{"description", operation.body_description},
                           {"required", true},
                           {"content", std::move(operation.body)}};
  }
  json["responses"] = Successes(route, operation);
  AddFailures(route, operation, json["responses"]);
  paths_[path][absl::AsciiStrToLower({route.method.data(), route.method.size()})] = std::move(json);
}

ApiJson ApiDocument::Parameters(const Route& route, ApiJson own) const {
  if (route.access == Access::kSpends) own.push_back({{"$ref", "#/components/parameters/IdempotencyKey"}});
  if (route.door.TakesPreferences()) own.push_back({{"$ref", "#/components/parameters/Prefer"}});
  own.push_back({{"$ref", "#/components/parameters/RequestId"}});
  return own;
}

ApiJson ApiDocument::Successes(const Route& route, const Operation& operation) const {
  ApiJson responses = operation.replies;
  for (auto& [status, response] : responses.items()) {
    ApiJson& headers = response["headers"];
    AddHeaders(kOnAll, headers);
    if (route.access == Access::kSpends) {
      AddHeaders(kOnSpending, headers);
      AddHeaders(kOnPurchases, headers);
      if (route.door.TakesPreferences()) AddHeaders(kOnWaiting, headers);
    }
    AddHeaders(operation.headers, headers);
  }
  return responses;
}

// Failures are rendered by the route's own dialect, so status and shape are what callers will see.
void ApiDocument::AddFailures(const Route& route, const Operation& operation, ApiJson& responses) {
  const Dialect& dialect = route.door.Speaks();
  const ApiJson schema = dialect.DescribeError(*this);
  std::map<int, ApiJson> by_status;
  std::map<int, std::string> words;
  std::map<int, ApiJson> headers;
  for (const Reason reason : ReasonsOf(route, operation.failures)) {
    const Reply reply = dialect.Render(Status(reason), "7d0f2b61c4a94e5e", WallTime());
    const std::string name(RowOf(reason).name);
    words[reply.status].append("\n- `").append(name).append("`: ").append(RowOf(reason).meaning);
    AddHeadersOf(reply, headers[reply.status]);
    by_status[reply.status][name] = {{"summary", RowOf(reason).meaning},
                                     {"value", ApiJson::parse(reply.body)}};
  }
  for (auto& [status, examples] : by_status) {
    ApiJson response{{"description", "Refused or failed:\n" + words[status]}, {"headers", ApiJson::object()}};
    AddHeaders(kOnAll, response["headers"]);
    AddFailureHeaders(route.access == Access::kSpends, status, response["headers"]);
    // A failure of what has a job names it, too.
    for (const std::string_view name : operation.headers) {
      if (name == "x-job-id") AddHeaders({&name, 1}, response["headers"]);
    }
    if (!headers[status].is_null()) response["headers"].update(headers[status]);
    response["content"]["application/json"] = {{"schema", schema}, {"examples", std::move(examples)}};
    // What the door itself says of this status is told with it.
    if (const auto own = responses.find(std::to_string(status)); own != responses.end()) {
      response["description"] =
          own->at("description").get<std::string>() + " " + response["description"].get<std::string>();
      response["headers"].update(own->at("headers"));
    }
    responses[std::to_string(status)] = Shared("Failure" + std::to_string(status), std::move(response));
  }
}

ApiJson ApiDocument::Shared(const std::string& name, ApiJson response) {
  std::string& known = names_of_responses_[response.dump()];
  if (known.empty()) {
    known = name;
    for (int next = 2; responses_.contains(known); ++next) known = name + "_" + std::to_string(next);
    responses_[known] = std::move(response);
  }
  return {{"$ref", "#/components/responses/" + known}};
}

std::string ApiDocument::Text() {
  ApiJson headers = HeaderComponents();
  const ApiJson document{{"openapi", "3.1.0"},
                         {"info",
                          {{"title", kTitle},
                           {"version", "1"},
                           {"summary", "FLUX pictures, bought once."},
                           {"description", kAbout},
                           {"contact", {{"name", "Whoever runs this gateway"}}}}},
                         {"servers", ApiJson::array({{{"url", "/"}, {"description", "This gateway"}}})},
                         {"tags", std::move(tags_)},
                         {"paths", std::move(paths_)},
                         {"components",
                          {{"securitySchemes", SecurityComponents()},
                           {"parameters", ParameterComponents()},
                           {"headers", std::move(headers)},
                           {"responses", std::move(responses_)},
                           {"schemas", std::move(schemas_)}}}};
  return document.dump(-1, ' ', false, ApiJson::error_handler_t::replace);
}

std::string WordFor(std::string_view path) {
  std::string word;
  bool capital = false;
  for (const char c : path) {
    const auto letter = static_cast<unsigned char>(c);
    if (c == '.') {
      word += '_';
    } else if (!absl::ascii_isalnum(letter)) {
      capital = !word.empty();
    } else {
      word += capital ? static_cast<char>(absl::ascii_toupper(letter)) : c;
      capital = false;
    }
  }
  return word;
}

}  // namespace flux::gateway
