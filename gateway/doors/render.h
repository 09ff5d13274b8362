// render: what replies of all dialects have in common. Reads the error table; adds no opinions.
#pragma once

#include <string>

#include "base/status.h"
#include "gateway/http/message.h"

namespace flux::gateway {

// A JSON body with its Content-Type.
Reply JsonReply(int http_status, std::string body);

// What a program does about a failure: Retry-After where waiting helps and the status says how long,
// x-should-retry: false where a resend could pay twice, x-fal-request-id where fal answered.
void AddAdvice(const Status& status, HeaderList& headers);

}  // namespace flux::gateway
