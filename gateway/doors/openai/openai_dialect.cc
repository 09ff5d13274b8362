// A table of what differs from our own statuses, and the object.
#include "gateway/doors/openai/openai_dialect.h"

#include <absl/strings/ascii.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "gateway/doors/flux/flux.h"
#include "gateway/doors/render.h"

namespace flux::gateway {
namespace {

using Json = nlohmann::ordered_json;

// How OpenAI tells of what we call by another status or word. What is not here keeps its status, and its code
// is the reason's name in small letters.
struct Row {
  Reason reason;
  int http_status;
  std::string_view type;
  std::string_view code;
};

constexpr std::string_view kInvalid = "invalid_request_error";

constexpr auto kRows = std::to_array<Row>({
    {Reason::kInvalidField, 400, kInvalid, "invalid_value"},
    {Reason::kInvalidJson, 400, kInvalid, "invalid_json"},
    {Reason::kUpstreamRejectedInput, 400, kInvalid, "invalid_value"},
    {Reason::kContentPolicy, 400, "image_generation_user_error", "content_policy_violation"},
    {Reason::kIdempotencyKeyReused, 400, "idempotency_error", "idempotency_key_reused"},
    {Reason::kUnsupportedMediaType, 400, kInvalid, "unsupported_media_type"},
    {Reason::kUnknownModel, 404, kInvalid, "model_not_found"},
    {Reason::kModelNotAllowed, 403, kInvalid, "model_not_allowed"},
    {Reason::kUnsupportedEndpoint, 404, kInvalid, "unknown_url"},
    {Reason::kUnauthenticated, 401, kInvalid, "invalid_api_key"},
    {Reason::kBudgetExceeded, 429, "insufficient_quota", "insufficient_quota"},
    {Reason::kRateLimited, 429, "requests", "rate_limit_exceeded"},
    {Reason::kConcurrencyLimited, 429, "requests", "rate_limit_exceeded"},
    {Reason::kUpstreamThrottled, 429, "requests", "rate_limit_exceeded"},
});

const Row* Find(Reason reason) {
  const auto row = std::ranges::find(kRows, reason, &Row::reason);
  return row == kRows.end() ? nullptr : &*row;
}

int HttpStatus(Reason reason) {
  const Row* row = Find(reason);
  return row != nullptr ? row->http_status : RowOf(reason).http_status;
}

// A field that is not there has a code of its own in OpenAI's API.
std::string CodeOf(const Status& status) {
  const Row* row = Find(status.reason);
  if (status.reason == Reason::kInvalidField && !status.violations.empty() &&
      status.violations.front().message.starts_with("is required")) {
    return "missing_required_parameter";
  }
  const std::string_view name = RowOf(status.reason).name;
  return row != nullptr ? std::string(row->code) : absl::AsciiStrToLower({name.data(), name.size()});
}

Json ErrorObject(const Status& status) {
  const Row* row = Find(status.reason);
  const std::string_view otherwise = RowOf(status.reason).http_status >= 500 ? "server_error" : kInvalid;
  const bool model = status.reason == Reason::kUnknownModel || status.reason == Reason::kModelNotAllowed;
  Json error{{"message", status.message},
             {"type", row != nullptr ? row->type : otherwise},
             {"param", nullptr},
             {"code", CodeOf(status)},
             {"reason", RowOf(status.reason).name},
             {"billed", Name(status.billed)}};
  if (!status.violations.empty() && !status.violations.front().field.empty()) {
    error["param"] = status.violations.front().field;
  } else if (model) {
    error["param"] = "model";
  }
  if (!status.job.empty()) error["job"] = status.job;
  return error;
}

}  // namespace

std::string OpenAiError(const Status& status) {
  return Json{{"error", ErrorObject(status)}}.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Reply OpenAiDialect::Render(const Status& status, std::string_view, WallTime) const {
  Reply reply = JsonReply(HttpStatus(status.reason), OpenAiError(status));
  AddAdvice(status, reply.headers);
  return reply;
}

std::string OpenAiName(std::string_view field) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kNames = {
      {{"image_url", "image"},
       {"image_urls", "image"},
       {"mask_url", "mask"},
       {"num_images", "n"},
       {"image_size", "size"},
       {"aspect_ratio", "size"}}};
  std::string ours = PublicName(field);
  const std::size_t head = std::min(ours.find_first_of(".["), ours.size());
  for (const auto& [name, theirs] : kNames) {
    if (std::string_view(ours).substr(0, head) == name) return std::string(theirs).append(ours.substr(head));
  }
  return ours;
}

void RenameForOpenAi(Status& status) {
  if (status.violations.empty()) return;
  for (Violation& violation : status.violations) violation.field = OpenAiName(violation.field);
  if (status.reason == Reason::kInvalidField) status.message = InvalidFields(status.violations).message;
}

}  // namespace flux::gateway
