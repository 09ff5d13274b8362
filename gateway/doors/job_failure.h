// job_failure: how a job stands, as doors judge it. Pure.
#pragma once

#include "base/status.h"
#include "flux/v1/jobs.pb.h"

namespace flux::gateway {

// Whether nothing will change any more.
bool IsOver(const v1::Job& job);

// Why a job has no pictures, as whoever waits for it is told; OUTCOME_UNKNOWN where that is not known.
Status FailureOf(const v1::Job& job);

}  // namespace flux::gateway
