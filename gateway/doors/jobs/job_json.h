// job_json: a job as public JSON. Pure.
#pragma once

#include <string>

#include "flux/v1/jobs.pb.h"

namespace flux::gateway {

// {"success":true,"job":{"id","state","model","created_at","ended_at","expires_at","billed","queue_position",
// "error":{"code","message","billed","retryable","fal_error"}},"data":{…},"processing_time":N,"warnings":[…]}.
// Members without a value are left out; what follows the job is today's reply of a generation (flux.h), where
// there is one. States: "reserved", "sent", "accepted", "succeeded", "failed", "unknown".
std::string RenderJob(const v1::Job& job);

// Whether nothing will change any more.
bool IsOver(const v1::Job& job);

}  // namespace flux::gateway
