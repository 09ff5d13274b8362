// rpc_status: Status as it travels over gRPC.
#pragma once

#include <string>

#include "base/status.h"

namespace flux::service {

// Longest fal error body that is sent along. gRPC peers accept 8 KiB of metadata unless told otherwise,
// base64 adds a third, and message and violations need room too.
inline constexpr std::size_t kMaxFalBody = 3 * 1024;

// A serialized google.rpc.Status with ErrorInfo, ErrorDetail, BadRequest (violations) and RetryInfo, as
// flux/v1/errors.proto describes it. At most about 6 KiB whatever `status` holds: violations beyond that are
// left out.
std::string SerializeDetails(const Status& status);

}  // namespace flux::service
