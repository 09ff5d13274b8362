// Builds the error body.
#include "gateway/doors/render.h"

#include "base/json.h"

namespace flux::gateway {
namespace {

using Json = nlohmann::ordered_json;

Json Violations(const Status& status) {
  Json list = Json::array();
  for (const Violation& violation : status.violations) {
    list.push_back({{"field", violation.field}, {"message", violation.message}});
  }
  return list;
}

}  // namespace

Reply JsonReply(int http_status, std::string body) {
  Reply reply;
  reply.status = http_status;
  reply.headers.emplace_back("Content-Type", "application/json");
  reply.body = std::move(body);
  return reply;
}

Reply ErrorReply(const Status& status, std::string_view request_id, WallTime now) {
  const ReasonRow& row = RowOf(status.reason);
  Json body{{"success", false}, {"error", status.message}, {"code", row.name}};
  if (!status.violations.empty()) {
    if (!status.violations.front().field.empty()) body["field"] = status.violations.front().field;
    body["violations"] = Violations(status);
  }
  body["retryable"] = IsRetryable(status);
  body["billed"] = Name(status.billed);
  body["request_id"] = request_id;
  if (row.http_status >= 500) {
    body["message"] = row.meaning;
    body["timestamp"] = Iso8601(now);
  }
  if (status.upstream && !status.upstream->body.empty()) {
    body["fal_error"] = Json::parse(status.upstream->body, nullptr, /*allow_exceptions=*/false);
    if (body["fal_error"].is_discarded()) body.erase("fal_error");
  }
  Reply reply = JsonReply(row.http_status, body.dump(-1, ' ', false, Json::error_handler_t::replace));
  if (status.retry_after) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(*status.retry_after);
    reply.headers.emplace_back("Retry-After", std::to_string(seconds.count()));
  } else if (row.http_status == 503) {
    reply.headers.emplace_back("Retry-After", "1");
  }
  // Common SDKs resend 5xx by themselves unless told otherwise.
  if (status.billed != Billed::kNo) reply.headers.emplace_back("x-should-retry", "false");
  if (status.upstream && !status.upstream->request_id.empty()) {
    reply.headers.emplace_back("x-fal-request-id", status.upstream->request_id);
  }
  return reply;
}

}  // namespace flux::gateway
