// Builds the error body.
#include "gateway/doors/flux/flux_dialect.h"

#include "base/json.h"
#include "gateway/doors/flux/door.h"
#include "gateway/doors/render.h"

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

bool IsNothingThere(Reason reason) {
  return reason == Reason::kUnsupportedEndpoint || reason == Reason::kUnknownModel;
}

}  // namespace

Reply FluxDialect::Render(const Status& status, std::string_view request_id, WallTime now) const {
  const ReasonRow& row = RowOf(status.reason);
  const bool nothing_there = IsNothingThere(status.reason);
  Json body{{"success", false},
            {"error", nothing_there ? "Unsupported API endpoint" : status.message},
            {"code", row.name}};
  if (!status.violations.empty()) {
    if (!status.violations.front().field.empty()) body["field"] = status.violations.front().field;
    body["violations"] = Violations(status);
  }
  body["retryable"] = IsRetryable(status);
  body["billed"] = Name(status.billed);
  body["request_id"] = request_id;
  if (!status.job.empty()) body["job"] = std::string(kBeforeJob) + status.job;
  if (row.http_status >= 500) {
    body["message"] = row.meaning;
    body["timestamp"] = Iso8601(now);
  }
  if (status.upstream && !status.upstream->body.empty()) {
    body["fal_error"] = Json::parse(status.upstream->body, nullptr, /*allow_exceptions=*/false);
    if (body["fal_error"].is_discarded()) body.erase("fal_error");
  }
  if (nothing_there) {
    for (const std::string_view pattern : FluxDoor::Patterns())
      body["supported_endpoints"].push_back(pattern);
  }
  Reply reply = JsonReply(row.http_status, body.dump(-1, ' ', false, Json::error_handler_t::replace));
  AddAdvice(status, reply.headers);
  return reply;
}

}  // namespace flux::gateway
