// Classify: what fal's answer means as a failure. One table, pure, total over any bytes. Never resends, never
// logs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/status.h"
#include "service/fal/message.h"

namespace flux::fal {

// True for every answer that is not a result: any status but 2xx, and fal's concurrency limit told with a 200
// (fal-api §2). Does not parse bodies that can hold a picture.
bool IsFailure(const FalReply& reply);

// The failure that this reply is. A 2xx that is no failure by itself is UPSTREAM_PROTOCOL: ask only when it
// cannot be read. `upstream.body` is at most kMaxErrorBodyBytes of valid JSON, or empty where fal's body is
// none. Whatever a row of the error table lets us resend is certainly not billed.
Status Classify(const FalReply& reply);

// How many calls may run at once, where a refusal for their number says so (fal-api §2).
std::optional<std::uint32_t> ConcurrencyLimit(const FalReply& reply);

// x-fal-request-id; empty where it is absent or not 1 to 128 visible ASCII characters: it travels on in
// messages that must be UTF-8, and in logs.
std::string RequestId(const FalReply& reply);

// x-fal-billable-units; nullopt where it is absent or not a number of 0 or more.
std::optional<double> BillableUnits(const FalReply& reply);

}  // namespace flux::fal
