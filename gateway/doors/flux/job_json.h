// job_json: a job as public JSON. Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "flux/v1/jobs.pb.h"

namespace flux::gateway {

// {"success":true,"job":{"id","state","model","created_at","ended_at","expires_at","billed","queue_position",
// "error":{"code","message","billed","retryable","fal_error"}},"data":{…},"processing_time":N,"warnings":[…]}.
// Members without a value are left out; what follows the job is today's reply of a generation (flux.h), where
// there is one. States: "reserved", "sent", "accepted", "succeeded", "failed", "unknown".
// "webhook":{"url","state","attempts":[{"at","status","error"}],"next_attempt_at"} is in the job where one
// was asked for: "pending", "delivered" or "failed". `further` warnings are told after the generation's own.
std::string RenderJob(const v1::Job& job, std::span<const std::string> further = {});

// The same of several, without what they made: {"success":true,"jobs":[…],"next_cursor":…}; without a next
// page without the last.
std::string RenderJobs(const v1::ListJobsResponse& page);

// "reserved", "sent", …
std::string_view StateName(v1::JobState state);
// The state of that name; nullopt where there is none.
std::optional<v1::JobState> FindJobState(std::string_view name);

}  // namespace flux::gateway
