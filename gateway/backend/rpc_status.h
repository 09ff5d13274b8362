// rpc_status: what a failed RPC says, as a Status. Pure.
#pragma once

#include <string>

#include "base/status.h"
#include "flux/v1/errors.pb.h"

namespace flux::gateway {

// From a gRPC code, message and serialized google.rpc.Status (may be empty or garbage: total over any bytes).
// Where the details do not name a reason of the error table, the failure is the connection's own: it is
// mapped by code, and told as possibly billed unless gRPC says that nothing was sent.
Status FromRpc(int code, const std::string& message, const std::string& details);

// Whether something was billed; `otherwise` where that is not set.
Billed FromProto(v1::Billed billed, Billed otherwise);

}  // namespace flux::gateway
