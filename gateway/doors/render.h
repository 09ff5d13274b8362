// render: what replies of all dialects have in common. Reads the error table; adds no opinions.
#pragma once

#include <string>

#include "base/status.h"
#include "flux/v1/generation.pb.h"
#include "gateway/http/message.h"

namespace flux::gateway {

// A JSON body with its Content-Type.
Reply JsonReply(int http_status, std::string body);

// What a program does about a failure: Retry-After where waiting helps and the status says how long,
// x-should-retry: false where a resend could pay twice or cannot help, x-fal-request-id where fal answered,
// x-job-id where it is remembered, x-budget-left-usd where a budget stood in the way.
void AddAdvice(const Status& status, HeaderList& headers);

// What a caller may want to know of a result that its body has no member for: x-fal-request-id, x-cost-usd,
// x-fal-attempts, x-queue-position and x-queue-wait-ms, x-job-id and Server-Timing, Idempotent-Replayed,
// x-budget-left-usd; each where there is something to tell.
void AddParticulars(const v1::Generation& made, HeaderList& headers);

}  // namespace flux::gateway
