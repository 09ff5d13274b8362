// What /openapi.json tells of jobs and of what was spent.
#include <string>
#include <string_view>

#include "gateway/doors/api_document.h"
#include "gateway/doors/flux/flux_dialect.h"
#include "gateway/doors/jobs/door.h"

namespace flux::gateway {
namespace {

constexpr std::string_view kTag = "purchases";

void AddTag(ApiDocument& document) {
  document.AddTag(kTag, "What has become of purchases, and what they have cost.");
}

// As job_json.cc writes it.
ApiJson JobSchema() {
  return ApiJson::parse(R"({"type":"object","required":["success","job"],"properties":{
    "success":{"const":true},
    "job":{"type":"object","required":["id","state","model","billed"],"properties":{
      "id":{"type":"string","pattern":"^[0-9a-f]{32}$"},
      "state":{"type":"string","enum":["reserved","sent","accepted","succeeded","failed","unknown"]},
      "model":{"type":"string"},
      "created_at":{"type":"string","format":"date-time"},
      "ended_at":{"type":"string","format":"date-time"},
      "expires_at":{"type":"string","format":"date-time","description":"When it is forgotten."},
      "billed":{"$ref":"#/components/schemas/Billed"},
      "error":{"type":"object","required":["code","message","billed","retryable"],"properties":{
        "code":{"type":"string"},"message":{"type":"string"},
        "billed":{"$ref":"#/components/schemas/Billed"},"retryable":{"type":"boolean"},"fal_error":{}}}}},
    "data":{"$ref":"#/components/schemas/Pictures"},
    "processing_time":{"type":"integer"},
    "warnings":{"type":"array","items":{"type":"string"}}}})");
}

// As usage_json.cc writes it.
ApiJson UsageSchema() {
  return ApiJson::parse(R"({"type":"object","required":["success","usage"],"properties":{
    "success":{"const":true},
    "usage":{"type":"object","required":["caller","days","budgets"],"properties":{
      "caller":{"type":"string"},
      "days":{"type":"array","items":{"type":"object",
        "required":["day","spent_usd","reserved_usd","purchases"],"properties":{
        "day":{"type":"string","format":"date","description":"A day of UTC."},
        "spent_usd":{"type":"number"},"reserved_usd":{"type":"number"},"purchases":{"type":"integer"}}}},
      "budgets":{"type":"array","items":{"type":"object",
        "required":["name","per","limit_usd","spent_usd","reserved_usd","left_usd"],"properties":{
        "name":{"type":"string"},"per":{"type":"string","enum":["day","month"]},
        "limit_usd":{"type":"number"},"spent_usd":{"type":"number"},"reserved_usd":{"type":"number"},
        "left_usd":{"type":"number"},"resets_at":{"type":"string","format":"date-time"}}}}}}}})");
}

}  // namespace

void JobsDoor::Describe(const Route& route, ApiDocument& document) const {
  AddTag(document);
  ApiJson parameter = ApiJson::parse(R"({"name":"id","in":"path","required":true,
    "description":"As the header x-job-id told it.","schema":{"type":"string","pattern":"^[0-9a-f]{32}$"}})");
  const ApiJson example = ApiJson::parse(R"({"success":true,"job":{"id":"5f0c2a9be1d44c6f9a3b7d1e8c6f2a10",
    "state":"failed","model":"text-to-image/dev","created_at":"2026-11-25T17:01:35.123Z",
    "ended_at":"2026-11-25T17:01:38.020Z","billed":"no","error":{"code":"UPSTREAM_ERROR",
    "message":"fal failed; fal documents server errors as free.","billed":"no","retryable":true}}})");
  document.Add(
      route, std::string(route.pattern),
      {.id = "getJob",
       .tag = std::string(kTag),
       .summary = "See what has become of a purchase",
       .description = "A purchase is remembered where it had an idempotency key, or where its answer "
                      "was lost. Only its own caller finds it. The pictures are told again.",
       .parameters = ApiJson::array({std::move(parameter)}),
       .replies = {{"200",
                    {{"description", "How far it has come; Retry-After says when to ask again."},
                     {"content",
                      {{"application/json",
                        {{"schema", document.AddSchema("Job", JobSchema())}, {"example", example}}}}}}}},
       .failures = {Reason::kUnknownJob, Reason::kStoreUnavailable},
       .headers = {"Retry-After", "x-job-id", "x-cost-usd", "x-fal-request-id"}});
}

void UsageDoor::Describe(const Route& route, ApiDocument& document) const {
  AddTag(document);
  ApiJson days =
      ApiJson::parse(R"({"name":"days","in":"query","description":"How many days back, today included.",
    "schema":{"type":"integer","minimum":1,"maximum":366,"default":31},"example":7})");
  const ApiJson example = ApiJson::parse(R"({"success":true,"usage":{"caller":"shop",
    "days":[{"day":"2026-11-25","spent_usd":0.05,"reserved_usd":0,"purchases":2}],
    "budgets":[{"name":"shop","per":"month","limit_usd":20,"spent_usd":0.05,"reserved_usd":0,"left_usd":19.95,
      "resets_at":"2026-12-01T00:00:00.000Z"}]}})");
  document.Add(
      route, std::string(route.pattern),
      {.id = "getUsage",
       .tag = std::string(kTag),
       .summary = "See what was spent",
       .description = "What the caller's remembered purchases have cost, by day of UTC, and how it "
                      "stands with the caller's budgets.",
       .parameters = ApiJson::array({std::move(days)}),
       .replies = {{"200",
                    {{"description", "Days on which something was spent, and budgets."},
                     {"content",
                      {{"application/json",
                        {{"schema", document.AddSchema("Usage", UsageSchema())}, {"example", example}}}}}}}},
       .failures = {Reason::kInvalidField, Reason::kStoreUnavailable}});
}

}  // namespace flux::gateway
