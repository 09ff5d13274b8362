// job_failure: how a job stands, as doors judge it. Pure.
#pragma once

#include "base/status.h"
#include "flux/v1/jobs.pb.h"

namespace flux::gateway {

// Whether nothing will change any more.
bool IsOver(const v1::Job& job);

// Whether to ask for a job again may help after this failure: a job that is gone stays so, and a fault is not
// mended by repetition.
bool MayPass(Reason reason);

// Why a job has no pictures, as whoever waits for it is told; OUTCOME_UNKNOWN where that is not known.
Status FailureOf(const v1::Job& job);

}  // namespace flux::gateway
