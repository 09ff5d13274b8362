// Copies, with public names.
#include "gateway/doors/jobs/job_json.h"

#include <google/protobuf/util/time_util.h>

#include <nlohmann/json.hpp>
#include <string_view>

#include "gateway/backend/rpc_status.h"
#include "gateway/doors/flux/flux.h"
#include "gateway/doors/jobs/public_time.h"

namespace flux::gateway {
namespace {

using Json = nlohmann::ordered_json;

std::string_view NameOf(v1::JobState state) {
  switch (state) {
    case v1::JOB_STATE_RESERVED:
      return "reserved";
    case v1::JOB_STATE_SENT:
      return "sent";
    case v1::JOB_STATE_ACCEPTED:
      return "accepted";
    case v1::JOB_STATE_SUCCEEDED:
      return "succeeded";
    case v1::JOB_STATE_FAILED:
      return "failed";
    default:
      return "unknown";
  }
}

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

Json JobOf(const v1::Job& from) {
  Json json{{"id", from.id()}, {"state", NameOf(from.state())}, {"model", from.model()}};
  if (from.has_created_at()) json["created_at"] = PublicTime(from.created_at());
  if (from.has_ended_at()) json["ended_at"] = PublicTime(from.ended_at());
  if (from.has_expires_at()) json["expires_at"] = PublicTime(from.expires_at());
  json["billed"] = NameOf(from.billed());
  if (from.has_queue_position()) json["queue_position"] = from.queue_position();
  if (from.has_error()) json["error"] = ErrorOf(from.error());
  return json;
}

}  // namespace

std::string RenderJob(const v1::Job& job) {
  using google::protobuf::util::TimeUtil;
  std::string out = R"({"success":true,"job":)";
  out += JobOf(job).dump(-1, ' ', false, Json::error_handler_t::replace);
  if (job.has_generation()) {
    out += ',';
    const v1::Generation& made = job.generation();
    AppendFlux(made, TimeUtil::DurationToMilliseconds(made.timings().total()), out);
  }
  out += '}';
  return out;
}

bool IsOver(const v1::Job& job) {
  return job.state() == v1::JOB_STATE_SUCCEEDED || job.state() == v1::JOB_STATE_FAILED;
}

}  // namespace flux::gateway
