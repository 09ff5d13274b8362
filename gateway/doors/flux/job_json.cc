// Copies, with public names.
#include "gateway/doors/flux/job_json.h"

#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include "gateway/backend/rpc_status.h"
#include "gateway/doors/flux/flux.h"
#include "gateway/doors/flux/public_time.h"

namespace flux::gateway {
namespace {

using Json = nlohmann::ordered_json;

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

constexpr std::pair<v1::JobState, std::string_view> kStates[] = {
    {v1::JOB_STATE_RESERVED, "reserved"}, {v1::JOB_STATE_SENT, "sent"},
    {v1::JOB_STATE_ACCEPTED, "accepted"}, {v1::JOB_STATE_SUCCEEDED, "succeeded"},
    {v1::JOB_STATE_FAILED, "failed"},     {v1::JOB_STATE_UNKNOWN, "unknown"}};

// What nobody says may have been billed.
std::string_view NameOf(v1::Billed billed) {
  return Name(FromProto(billed, Billed::kMaybe));
}

Json ErrorOf(const v1::JobError& from) {
  Json json{{"code", from.reason()},
            {"message", from.message()},
            {"billed", NameOf(from.billed())},
            {"retryable", from.retryable()}};
  if (from.fal_body().empty()) return json;
  Json said = Json::parse(from.fal_body(), nullptr, /*allow_exceptions=*/false);
  if (!said.is_discarded()) json["fal_error"] = std::move(said);
  return json;
}

std::string_view NameOf(v1::WebhookState state) {
  if (state == v1::WEBHOOK_STATE_DELIVERED) return "delivered";
  return state == v1::WEBHOOK_STATE_FAILED ? "failed" : "pending";
}

Json WebhookOf(const v1::Webhook& from) {
  Json json{{"url", from.url()}, {"state", NameOf(from.state())}, {"attempts", Json::array()}};
  for (const v1::WebhookAttempt& attempt : from.attempts()) {
    Json one = Json::object();
    if (attempt.has_at()) one["at"] = PublicTime(attempt.at());
    if (attempt.status() != 0) one["status"] = attempt.status();
    if (!attempt.error().empty()) one["error"] = attempt.error();
    json["attempts"].push_back(std::move(one));
  }
  if (from.has_next_attempt_at()) json["next_attempt_at"] = PublicTime(from.next_attempt_at());
  return json;
}

Json JobOf(const v1::Job& from) {
  Json json{{"id", from.id()}, {"state", StateName(from.state())}, {"model", from.model()}};
  if (from.has_created_at()) json["created_at"] = PublicTime(from.created_at());
  if (from.has_ended_at()) json["ended_at"] = PublicTime(from.ended_at());
  if (from.has_expires_at()) json["expires_at"] = PublicTime(from.expires_at());
  json["billed"] = NameOf(from.billed());
  if (from.has_queue_position()) json["queue_position"] = from.queue_position();
  if (from.has_error()) json["error"] = ErrorOf(from.error());
  if (from.has_webhook()) json["webhook"] = WebhookOf(from.webhook());
  return json;
}

}  // namespace

std::string_view StateName(v1::JobState state) {
  const auto* const row =
      std::ranges::find(kStates, state, &std::pair<v1::JobState, std::string_view>::first);
  return row == std::end(kStates) ? "unknown" : row->second;
}

std::optional<v1::JobState> FindJobState(std::string_view name) {
  const auto* const row =
      std::ranges::find(kStates, name, &std::pair<v1::JobState, std::string_view>::second);
  return row == std::end(kStates) ? std::nullopt : std::optional(row->first);
}

std::string RenderJob(const v1::Job& job, std::span<const std::string> further) {
  using google::protobuf::util::TimeUtil;
  std::string out = R"({"success":true,"job":)" + Dump(JobOf(job));
  if (job.has_generation()) {
    out += ',';
    const v1::Generation& made = job.generation();
    AppendFlux(made, TimeUtil::DurationToMilliseconds(made.timings().total()), out, further);
  } else if (!further.empty()) {
    out += R"(,"warnings":)" + Dump(Json(further));
  }
  out += '}';
  return out;
}

std::string RenderJobs(const v1::ListJobsResponse& page) {
  Json json{{"success", true}, {"jobs", Json::array()}};
  for (const v1::Job& job : page.jobs()) json["jobs"].push_back(JobOf(job));
  if (!page.next_page_token().empty()) json["next_cursor"] = page.next_page_token();
  return Dump(json);
}

}  // namespace flux::gateway
