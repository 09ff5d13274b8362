// rpc_status: what a failed RPC says, as a Status.
#pragma once

#include <string>

#include "base/status.h"

namespace flux::gateway {

// From a gRPC code, message and serialized google.rpc.Status (may be empty or garbage: total over any bytes).
// Where the details do not name a reason of the error table, the failure is the connection's own: it is
// mapped by code, and told as possibly billed unless gRPC says that nothing was sent.
Status FromRpc(int code, const std::string& message, const std::string& details);

}  // namespace flux::gateway
