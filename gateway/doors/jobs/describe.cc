// What /openapi.json tells of jobs and of what was spent.
#include <string>
#include <string_view>
#include <utility>

#include "gateway/doors/api_document.h"
#include "gateway/doors/flux/flux_dialect.h"
#include "gateway/doors/jobs/door.h"

namespace flux::gateway {
namespace {

constexpr std::string_view kTag = "purchases";

void AddTag(ApiDocument& document) {
  document.AddTag(kTag, "What has become of purchases, and what they have cost.");
}

// As job_json.cc writes one of a list.
ApiJson OneJobSchema() {
  return ApiJson::parse(R"({"type":"object","required":["id","state","model","billed"],"properties":{
      "id":{"type":"string","pattern":"^[0-9a-f]{32}$"},
      "state":{"$ref":"#/components/schemas/JobState"},
      "model":{"type":"string"},
      "created_at":{"type":"string","format":"date-time"},
      "ended_at":{"type":"string","format":"date-time"},
      "expires_at":{"type":"string","format":"date-time","description":"When it is forgotten."},
      "billed":{"$ref":"#/components/schemas/Billed"},
      "queue_position":{"type":"integer","minimum":0,"description":"How many are before it at fal."},
      "error":{"type":"object","required":["code","message","billed","retryable"],"properties":{
        "code":{"type":"string"},"message":{"type":"string"},
        "billed":{"$ref":"#/components/schemas/Billed"},"retryable":{"type":"boolean"},"fal_error":{}}},
      "webhook":{"type":"object","required":["url","state","attempts"],
        "description":"How it stands with telling its end to the `webhook_url` that was asked for.","properties":{
        "url":{"type":"string"},"state":{"type":"string","enum":["pending","delivered","failed"]},
        "attempts":{"type":"array","items":{"type":"object","properties":{
          "at":{"type":"string","format":"date-time"},"status":{"type":"integer"},"error":{"type":"string"}}}},
        "next_attempt_at":{"type":"string","format":"date-time"}}}}})");
}

ApiJson JobStateSchema() {
  return ApiJson::parse(R"({"type":"string",
    "enum":["reserved","sent","accepted","succeeded","failed","unknown"],
    "description":"How far it has come: nothing sent yet; sent; fal has it; pictures; none; lost, and looked for."})");
}

// As job_json.cc writes it.
ApiJson JobSchema() {
  return ApiJson::parse(R"({"type":"object","required":["success","job"],"properties":{
    "success":{"const":true},
    "job":{"$ref":"#/components/schemas/OneJob"},
    "data":{"$ref":"#/components/schemas/Pictures"},
    "processing_time":{"type":"integer"},
    "warnings":{"type":"array","items":{"type":"string"}}}})");
}

ApiJson JobListSchema() {
  return ApiJson::parse(R"({"type":"object","required":["success","jobs"],"properties":{
    "success":{"const":true},
    "jobs":{"type":"array","items":{"$ref":"#/components/schemas/OneJob"}},
    "next_cursor":{"type":"string","description":"Of the next page; not there on the last one."}}})");
}

void AddJobSchemas(ApiDocument& document) {
  document.AddSchema("JobState", JobStateSchema());
  document.AddSchema("OneJob", OneJobSchema());
  document.AddSchema("Job", JobSchema());
}

// Of a path.
ApiJson IdParameter() {
  return ApiJson::parse(R"({"name":"id","in":"path","required":true,
    "description":"As the header x-job-id told it.","schema":{"type":"string","pattern":"^[0-9a-f]{32}$"}})");
}

ApiJson FailedExample() {
  return ApiJson::parse(R"({"success":true,"job":{"id":"5f0c2a9be1d44c6f9a3b7d1e8c6f2a10",
    "state":"failed","model":"text-to-image/dev","created_at":"2026-11-25T17:01:35.123Z",
    "ended_at":"2026-11-25T17:01:38.020Z","billed":"no","error":{"code":"UPSTREAM_ERROR",
    "message":"fal failed; fal documents server errors as free.","billed":"no","retryable":true}}})");
}

ApiJson RunningExample() {
  return ApiJson::parse(R"({"success":true,"job":{"id":"5f0c2a9be1d44c6f9a3b7d1e8c6f2a10",
    "state":"accepted","model":"text-to-image/dev","created_at":"2026-11-25T17:01:35.123Z",
    "billed":"maybe","queue_position":2}})");
}

// What a reply with a job in it is.
ApiJson JobReply(std::string_view description, ApiJson example) {
  return {{"description", description},
          {"content",
           {{"application/json",
             {{"schema", ApiDocument::SchemaNamed("Job")}, {"example", std::move(example)}}}}}};
}

// As job_events.cc writes them.
constexpr std::string_view kEvents =
    "event: status\nid: 5f0c2a9be1d44c6f9a3b7d1e8c6f2a10.0\n"
    "data: {\"id\":\"5f0c2a9be1d44c6f9a3b7d1e8c6f2a10\",\"state\":\"accepted\",\"queue_position\":2,"
    "\"elapsed_ms\":812}\n\n"
    "event: log\nid: 5f0c2a9be1d44c6f9a3b7d1e8c6f2a10.1\n"
    "data: {\"at\":\"2026-11-25T17:01:36.020Z\",\"message\":\"step 1 of 28\"}\n\n"
    ": still there\n\n"
    "event: result\nid: 5f0c2a9be1d44c6f9a3b7d1e8c6f2a10.1.end\n"
    "data: {\"success\":true,\"job\":{\"id\":\"5f0c2a9be1d44c6f9a3b7d1e8c6f2a10\",\"state\":\"succeeded\","
    "\"model\":\"text-to-image/dev\",\"billed\":\"yes\"},\"data\":{\"images\":[{\"url\":"
    "\"https://v3.fal.media/files/lighthouse.jpeg\"}],\"has_nsfw_concepts\":[false]},"
    "\"processing_time\":2310}\n\n";

void DescribeGet(const Route& route, ApiDocument& document) {
  ApiJson reply = JobReply("How far it has come; Retry-After says when to ask again.", FailedExample());
  reply["content"]["text/event-stream"] = {
      {"schema", {{"type", "string"}, {"description", "Server-Sent Events."}}}, {"example", kEvents}};
  ApiJson stream = ApiJson::parse(R"({"name":"stream","in":"query",
    "description":"`true`: as events, also without an Accept header that asks for text/event-stream.",
    "schema":{"type":"boolean","default":false}})");
  ApiJson last = ApiJson::parse(R"({"name":"Last-Event-ID","in":"header",
    "description":"Of events: the last id that was read. They go on behind it; browsers send it by themselves.",
    "schema":{"type":"string"}})");
  document.Add(
      route, std::string(route.pattern),
      {.id = "getJob",
       .tag = std::string(kTag),
       .summary = "See what has become of a purchase, or follow it",
       .description =
           "A purchase is remembered where it is a job, had an idempotency key, or where its answer was "
           "lost. Only "
           "its own caller finds it. The pictures are told again.\n\nWith `Accept: text/event-stream`, which "
           "EventSource sends, each change is told as it happens: events `status` (`id`, `state`, "
           "`queue_position`, `elapsed_ms`), `log` (`at`, `message`), and at the end `result`, which is the "
           "JSON "
           "of this reply, or `error`, which is that of a failure. A comment every ten seconds keeps the "
           "connection open; a reader whose connection is lost comes again with `Last-Event-ID`, and is told "
           "204 "
           "where it was told everything.",
       .parameters = ApiJson::array({IdParameter(), std::move(stream), std::move(last)}),
       .replies = {{"200", std::move(reply)},
                   {"204", {{"description", "Of events: the reader was told everything."}}}},
       .failures = {Reason::kUnknownJob, Reason::kStoreUnavailable, Reason::kConcurrencyLimited},
       .headers = {"Retry-After", "x-job-id", "Server-Timing", "x-cost-usd", "x-fal-request-id"}});
}

void DescribeDelete(const Route& route, ApiDocument& document) {
  ApiJson ended = FailedExample();
  ended["job"]["error"] = {{"code", "CANCELLED"},
                           {"message", "it was cancelled before anything was sent"},
                           {"billed", "no"},
                           {"retryable", false}};
  document.Add(
      route, std::string(route.pattern),
      {.id = "cancelJob",
       .tag = std::string(kTag),
       .summary = "End a job",
       .description =
           "What was not sent yet costs nothing. Of what fal has, fal is asked to end it; whether it is "
           "billed all the same only fal can tell: `billed` is `maybe` until it has.",
       .parameters = ApiJson::array({IdParameter()}),
       .replies = {{"200", JobReply("It has ended, and costs nothing.", std::move(ended))},
                   {"202",
                    JobReply("fal was asked to end it; the job tells what comes of it.", RunningExample())}},
       .failures = {Reason::kUnknownJob, Reason::kJobOver, Reason::kOutcomeUnknown, Reason::kStoreUnavailable,
                    Reason::kUpstreamBusy, Reason::kUpstreamUnreachable, Reason::kUpstreamTimeout,
                    Reason::kUpstreamError, Reason::kUpstreamAccount, Reason::kUpstreamThrottled,
                    Reason::kUpstreamConnectionLost, Reason::kUpstreamProtocol, Reason::kOriginNotAllowed,
                    Reason::kCancelled},
       .headers = {"Retry-After", "x-job-id", "Server-Timing", "x-cost-usd", "x-fal-request-id"}});
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
        "left_usd":{"type":"number"},"resets_at":{"type":"string","format":"date-time"}}}},
      "bill":{"type":"object","required":["lines","findings"],
        "description":"What fal really charged; only where the service asks for it.","properties":{
        "fetched_at":{"type":"string","format":"date-time","description":"When fal was last asked."},
        "lines":{"type":"array","items":{"type":"object",
          "required":["day","model","purchases","estimated_usd","settled_usd","charges","charged_usd"],"properties":{
          "day":{"type":"string","format":"date"},"model":{"type":"string"},"purchases":{"type":"integer"},
          "estimated_usd":{"type":"number"},"settled_usd":{"type":"number"},
          "charges":{"type":"integer","description":"How many of the purchases are on fal's bill so far."},
          "charged_usd":{"type":"number"}}}},
        "findings":{"type":"array","items":{"type":"object",
          "required":["kind","fal_request_id","endpoint","believed_usd","charged_usd"],"properties":{
          "kind":{"type":"string","enum":["uncharged","unexpected"]},
          "at":{"type":"string","format":"date-time"},"fal_request_id":{"type":"string"},
          "endpoint":{"type":"string"},"model":{"type":"string"},"job":{"type":"string"},
          "believed_usd":{"type":"number"},"charged_usd":{"type":"number"}}}}}}}}}})");
}

}  // namespace

void JobDoor::Describe(const Route& route, ApiDocument& document) const {
  AddTag(document);
  AddJobSchemas(document);
  if (route.method == "DELETE") return DescribeDelete(route, document);
  DescribeGet(route, document);
}

void JobListDoor::Describe(const Route& route, ApiDocument& document) const {
  AddTag(document);
  AddJobSchemas(document);
  ApiJson parameters = ApiJson::parse(R"([
    {"name":"state","in":"query","description":"Only jobs in this state.",
     "schema":{"$ref":"#/components/schemas/JobState"},"example":"succeeded"},
    {"name":"limit","in":"query","description":"At most so many.",
     "schema":{"type":"integer","minimum":1,"maximum":100,"default":20},"example":2},
    {"name":"cursor","in":"query","description":"`next_cursor` of the page before.","schema":{"type":"string"}}])");
  ApiJson example{{"success", true},
                  {"jobs", ApiJson::array({FailedExample()["job"], RunningExample()["job"]})}};
  document.Add(route, std::string(route.pattern),
               {.id = "listJobs",
                .tag = std::string(kTag),
                .summary = "List one's jobs",
                .description =
                    "The caller's own, newest first, without their pictures. Who has no API key has no list: "
                    "its jobs are found by their ids.",
                .parameters = std::move(parameters),
                .replies = {{"200",
                             {{"description", "A page of them."},
                              {"content",
                               {{"application/json",
                                 {{"schema", document.AddSchema("JobList", JobListSchema())},
                                  {"example", std::move(example)}}}}}}}},
                .failures = {Reason::kInvalidField, Reason::kStoreUnavailable},
                .headers = {"Link"}});
}

void RedeliverDoor::Describe(const Route& route, ApiDocument& document) const {
  AddTag(document);
  AddJobSchemas(document);
  ApiJson example = FailedExample();
  example["job"]["webhook"] = {{"url", "https://example.com/hooks/flux"},
                               {"state", "pending"},
                               {"attempts", ApiJson::array({{{"status", 500}, {"error", "status 500"}}})}};
  document.Add(route, std::string(route.pattern),
               {.id = "redeliverJob",
                .tag = std::string(kTag),
                .summary = "Have the end of a job told again",
                .description = "The webhook is sent once more, at once, and then as if it were new.",
                .parameters = ApiJson::array({IdParameter()}),
                .replies = {{"202", JobReply("It is on its way.", std::move(example))}},
                .failures = {Reason::kUnknownJob, Reason::kStoreUnavailable, Reason::kOriginNotAllowed,
                             Reason::kNothingToRedeliver}});
}

void UsageDoor::Describe(const Route& route, ApiDocument& document) const {
  AddTag(document);
  ApiJson days =
      ApiJson::parse(R"({"name":"days","in":"query","description":"How many days back, today included.",
    "schema":{"type":"integer","minimum":1,"maximum":366,"default":31},"example":7})");
  const ApiJson example = ApiJson::parse(R"({"success":true,"usage":{"caller":"shop",
    "days":[{"day":"2026-11-25","spent_usd":0.05,"reserved_usd":0,"purchases":2}],
    "budgets":[{"name":"shop","per":"month","limit_usd":20,"spent_usd":0.05,"reserved_usd":0,"left_usd":19.95,
      "resets_at":"2026-12-01T00:00:00.000Z"}],
    "bill":{"fetched_at":"2026-11-25T12:00:00.000Z","lines":[{"day":"2026-11-25","model":"text-to-image/dev",
      "purchases":2,"estimated_usd":0.05,"settled_usd":0.05,"charges":2,"charged_usd":0.045}],"findings":[]}}})");
  document.Add(
      route, std::string(route.pattern),
      {.id = "getUsage",
       .tag = std::string(kTag),
       .summary = "See what was spent",
       .description = "What the caller's remembered purchases have cost, by day of UTC, how it "
                      "stands with the caller's budgets, and, where the service asks fal for it, what "
                      "fal charged for all of the caller's purchases.",
       .parameters = ApiJson::array({std::move(days)}),
       .replies = {{"200",
                    {{"description", "Days on which something was spent, and budgets."},
                     {"content",
                      {{"application/json",
                        {{"schema", document.AddSchema("Usage", UsageSchema())}, {"example", example}}}}}}}},
       .failures = {Reason::kInvalidField, Reason::kStoreUnavailable}});
}

}  // namespace flux::gateway
