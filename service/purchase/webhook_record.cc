// [{"at":MILLISECONDS,"status":200,"error":"…"}, …], the newest last.
#include "service/purchase/webhook_record.h"

#include <google/protobuf/util/time_util.h>

#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/json.h"

namespace flux::service {
namespace {

using Json = nlohmann::json;
using google::protobuf::util::TimeUtil;

std::int64_t ToMilliseconds(WallTime time) {
  return std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

v1::WebhookState ToProto(WebhookState state) {
  switch (state) {
    case WebhookState::kDelivered:
      return v1::WEBHOOK_STATE_DELIVERED;
    case WebhookState::kFailed:
      return v1::WEBHOOK_STATE_FAILED;
    case WebhookState::kPending:
      break;
  }
  return v1::WEBHOOK_STATE_PENDING;
}

}  // namespace

std::vector<WebhookAttempt> AttemptsFromJson(std::string_view json) {
  constexpr std::int64_t kMost = 253'402'300'799'000;  // the end of the year 9999
  std::vector<WebhookAttempt> attempts;
  const Result<Json> read = ParseJson(json);
  if (!read || !read->is_array()) return attempts;
  for (const Json& one : *read) {
    const Json* at = Member(one, "at");
    if (at == nullptr || !at->is_number_unsigned() || *at > kMost) continue;
    WebhookAttempt& attempt = attempts.emplace_back();
    attempt.at = WallTime(std::chrono::milliseconds(at->get<std::int64_t>()));
    const Json* status = Member(one, "status");
    if (status != nullptr && status->is_number_unsigned() && *status <= 999)
      attempt.status = status->get<int>();
    const Json* error = Member(one, "error");
    if (error != nullptr && error->is_string()) attempt.error = error->get<std::string>();
  }
  if (attempts.size() > kMostAttempts) {
    attempts.erase(attempts.begin(), attempts.end() - static_cast<std::ptrdiff_t>(kMostAttempts));
  }
  return attempts;
}

std::string WithAttempt(std::string_view json, const WebhookAttempt& attempt) {
  std::vector<WebhookAttempt> attempts = AttemptsFromJson(json);
  attempts.push_back(attempt);
  Json written = Json::array();
  for (std::size_t i = attempts.size() > kMostAttempts ? 1 : 0; i < attempts.size(); ++i) {
    Json one{{"at", static_cast<std::uint64_t>(ToMilliseconds(attempts[i].at))},
             {"status", attempts[i].status}};
    if (!attempts[i].error.empty()) one["error"] = attempts[i].error;
    written.push_back(std::move(one));
  }
  return written.dump(-1, ' ', false, Json::error_handler_t::replace);
}

v1::Webhook ToProto(const StoredWebhook& webhook) {
  v1::Webhook shown;
  shown.set_url(webhook.url);
  shown.set_state(ToProto(webhook.state));
  for (const WebhookAttempt& attempt : AttemptsFromJson(webhook.attempts)) {
    v1::WebhookAttempt& one = *shown.add_attempts();
    *one.mutable_at() = TimeUtil::MillisecondsToTimestamp(ToMilliseconds(attempt.at));
    one.set_status(static_cast<std::uint32_t>(attempt.status));
    one.set_error(attempt.error);
  }
  if (webhook.due_at && webhook.state == WebhookState::kPending) {
    *shown.mutable_next_attempt_at() = TimeUtil::MillisecondsToTimestamp(ToMilliseconds(*webhook.due_at));
  }
  return shown;
}

}  // namespace flux::service
