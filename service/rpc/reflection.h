// Reflection: tells the contract to callers who ask for it (gRPC server reflection, v1alpha and v1, whose
// messages are the same).
#pragma once

#include <string>
#include <vector>

#include "service/rpc/methods.h"

namespace flux::service {

// Adds the RPCs. `services` are the full names of what it tells of.
void AddReflection(Methods& methods, std::vector<std::string> services);

}  // namespace flux::service
