// One table says fal's word and status for each of our reasons, one what type fal gives a sentence.
#include "gateway/doors/fal/fal_dialect.h"

#include <absl/strings/numbers.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "gateway/doors/fal/target.h"
#include "gateway/doors/fal/words.h"
#include "gateway/doors/render.h"

namespace flux::gateway {
namespace {

using Json = nlohmann::ordered_json;

// fal-api "Errors": what fal's framework says, and the type and context that it gives it.
struct Word {
  std::string_view begin;
  std::string_view type;
  std::string_view context = {};  // the name of what follows `begin`
};
constexpr std::array kWords = {
    Word{"Field required", "missing"},
    Word{"Input should be less than or equal to ", "less_than_equal", "le"},
    Word{"Input should be greater than or equal to ", "greater_than_equal", "ge"},
    Word{"Input should be a valid string", "string_type"},
    Word{"Input should be a valid number", "float_type"},
    Word{"Input should be a valid integer", "int_type"},
    Word{"Input should be a valid boolean", "bool_type"},
    Word{"Input should be a valid dictionary", "model_attributes_type"},
    Word{"Input should be '", "literal_error"},
    Word{"Extra inputs are not permitted", "extra_forbidden"},
};

// "image_urls[2].x" as ["body", "image_urls", 2, "x"]; a query's as it says.
Json LocationOf(std::string_view field) {
  Json location = Json::array();
  if (Consume(field, "query.")) {
    location.push_back("query");
  } else {
    location.push_back("body");
  }
  std::string dotted(field);
  std::ranges::replace(dotted, '[', '.');
  for (const std::string_view part : Split(dotted, '.')) {
    std::uint32_t index = 0;
    if (part.ends_with(']') && absl::SimpleAtoi(std::string(part.substr(0, part.size() - 1)), &index)) {
      location.push_back(index);
    } else if (!part.empty()) {
      location.push_back(part);
    }
  }
  return location;
}

Json ItemOf(const Violation& violation, bool is_json) {
  Json item{{"loc", LocationOf(violation.field)}, {"msg", violation.message}, {"type", "value_error"}};
  if (!is_json) item["type"] = "json_invalid";
  for (const Word& word : kWords) {
    if (!violation.message.starts_with(word.begin)) continue;
    item["type"] = word.type;
    double limit = 0;
    const std::string rest = violation.message.substr(word.begin.size());
    if (!word.context.empty() && absl::SimpleAtod(rest, &limit)) {
      const auto whole = static_cast<std::int64_t>(limit);
      Json& context = item["ctx"][std::string(word.context)];
      context = static_cast<double>(whole) == limit ? Json(whole) : Json(limit);
    }
  }
  return item;
}

// How fal says the like of it. An empty type: {"detail"} alone.
struct Saying {
  int status;
  std::string_view error_type;
};

Saying SayingOf(const Status& status) {
  switch (status.reason) {
    case Reason::kInvalidJson:
    case Reason::kInvalidField:
    case Reason::kIdempotencyKeyReused:
    case Reason::kUpstreamRejectedInput:
    case Reason::kContentPolicy:
      return {422, ""};
    case Reason::kBudgetExceeded:
      return {403, ""};  // as fal says that a balance is exhausted
    case Reason::kUnknownModel:
    case Reason::kUnsupportedEndpoint:
    case Reason::kUnknownJob:
    case Reason::kUnauthenticated:
      return {RowOf(status.reason).http_status, ""};
    case Reason::kOutcomeUnknown:
      return {500, "internal_error"};
    case Reason::kDeadlineExceeded:
    case Reason::kRequestTimeout:
    case Reason::kUpstreamTimeout:
      return {504, "request_timeout"};
    case Reason::kUpstreamUnreachable:
      return {503, "runner_connection_error"};
    case Reason::kUpstreamConnectionLost:
      return {502, "runner_disconnected"};
    case Reason::kCancelled:
      return {499, "client_cancelled"};
    case Reason::kOverloaded:
    case Reason::kShuttingDown:
    case Reason::kServiceUnavailable:
    case Reason::kServiceOverloaded:
    case Reason::kStoreUnavailable:
    case Reason::kUpstreamBusy:
      return {503, "runner_scheduling_failure"};
    default:
      break;
  }
  const int http = RowOf(status.reason).http_status;
  if (http >= 500) return {http, "internal_error"};
  return {http, http == 400 ? "bad_request" : ""};
}

// What fal answered, where its caller may see it.
std::optional<Json> FalsOwn(const Status& status) {
  if (!status.upstream || status.reason == Reason::kUpstreamAccount) return std::nullopt;
  Json body = Json::parse(status.upstream->body, nullptr, /*allow_exceptions=*/false);
  if (!body.is_object() || !body.contains("detail")) return std::nullopt;
  return body;
}

bool IsOfTarget(const Status& status) {
  return status.violations.size() == 1 && status.violations.front().field == kTargetHeader;
}

bool IsResent(int http_status) {
  constexpr std::array kResent = {408, 409, 429, 502, 503, 504};
  return std::ranges::find(kResent, http_status) != kResent.end();
}

}  // namespace

Reply FalDialect::Render(const Status& status, std::string_view, WallTime) const {
  const Saying saying = SayingOf(status);
  int http = saying.status;
  std::string_view type = saying.error_type;
  Json body;
  HeaderList headers;
  if (std::optional<Json> own = FalsOwn(status)) {
    body = *std::move(own);
    if (status.upstream->http_status >= 400 && status.upstream->http_status <= 599) {
      http = status.upstream->http_status;
    } else if (http == 502) {
      http = 500;  // of a request of the queue, whose status nobody kept: clients ask again for a 502
    }
    type = {};
    if (body.contains("error_type") && body["error_type"].is_string()) {
      headers.emplace_back("x-fal-error-type", body["error_type"].get<std::string>());
    }
  } else if (IsOfTarget(status)) {
    http = 412;  // as fal's own proxies say it
    body["detail"] = "Invalid x-fal-target-url header: it " + status.violations.front().message;
  } else if (http == 422) {
    body["detail"] = Json::array();
    for (const Violation& violation : status.violations) {
      body["detail"].push_back(ItemOf(violation, status.reason != Reason::kInvalidJson));
    }
    if (status.violations.empty()) body["detail"] = {ItemOf({"", status.message}, true)};
  } else {
    body["detail"] = status.message;
    if (status.reason == Reason::kUnknownJob) body["status"] = "NOT_FOUND";  // as fal's cancel says it
    if (http == 429) body["type"] = "concurrent_requests_limit";
  }
  if (status.billed != Billed::kNo && IsResent(http)) {
    if (http == 504) {
      headers.emplace_back("x-fal-request-timeout-type", "user");
    } else {
      http = 500;
    }
  }
  if (!type.empty()) {
    body["error_type"] = type;
    headers.emplace_back("x-fal-error-type", type);
  }
  if (status.billed == Billed::kNo) headers.emplace_back("x-fal-billable-units", "0");
  headers.emplace_back("x-fal-retryable", IsRetryable(status) ? "true" : "false");
  if (http == 429 && IsRetryable(status)) headers.emplace_back("x-fal-needs-retry", "1");
  Reply reply = JsonReply(http, body.dump(-1, ' ', false, Json::error_handler_t::replace));
  reply.headers.insert(reply.headers.end(), headers.begin(), headers.end());
  AddAdvice(status, reply.headers);
  return reply;
}

HeaderPolicy FalDialect::Policy() {
  return {
      .methods = "GET, POST, PUT, OPTIONS",
      .headers =
          "Content-Type, Accept, Authorization, X-API-Key, X-Request-Id, Idempotency-Key, x-fal-target-url, "
          "x-fal-queue-priority, x-fal-runner-hint, x-fal-request-timeout, x-fal-request-start-timeout, "
          "x-fal-no-retry, x-fal-store-io, x-fal-object-lifecycle, x-fal-object-lifecycle-preference, "
          "x-app-fal-disable-fallback, traceparent, tracestate",
      .exposed =
          "X-Request-Id, x-fal-request-id, x-fal-billable-units, x-fal-error-type, x-fal-retryable, "
          "x-fal-needs-retry, x-fal-request-timeout-type, x-cost-usd, x-fal-attempts, x-queue-position, "
          "x-queue-wait-ms, x-job-id, Idempotent-Replayed, x-budget-left-usd, x-should-retry, Retry-After, "
          "RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset",
      .also = "baggage, sentry-trace",
      .always = {{"X-Powered-By", "flux-gateway"},
                 {"X-Content-Type-Options", "nosniff"},
                 {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
                 {"Cross-Origin-Resource-Policy", "same-origin"},
                 {"Referrer-Policy", "no-referrer"},
                 {"Cache-Control", "no-store"}},
  };
}

}  // namespace flux::gateway
