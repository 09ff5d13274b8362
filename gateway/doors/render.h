// render: Status -> HTTP status, headers and error body. Reads the error table; adds no opinions.
#pragma once

#include <string_view>

#include "base/clock.h"
#include "base/status.h"
#include "gateway/http/message.h"

namespace flux::gateway {

// {"success":false,"error":…,"code":…,"field":…,"violations":[…],"retryable":…,"billed":…,"request_id":…,"fal_error":…}
// and, on failures of forwarding (5xx), "message" and "timestamp" as today's clients know them. Retry-After
// is set where waiting helps and the status says how long; x-should-retry: false where a resend could pay
// twice.
Reply ErrorReply(const Status& status, std::string_view request_id, WallTime now);

// A JSON body with its Content-Type.
Reply JsonReply(int http_status, std::string body);

}  // namespace flux::gateway
