// HealthCheck: asks a running program, over its own operators' port, whether it is alive. For containers
// without a shell, whose engine can only run the program itself.
#pragma once

#include <string>

#include "base/options.h"

namespace flux {

// What `PROGRAM healthcheck` does: GET `path` at `listen` (where the program was told to listen; an address
// that means "all" is asked on loopback) within five seconds. Returns the exit code: 0 for a 2xx answer, else
// 1, and the cause goes to standard error. With `tls` it speaks TLS and accepts any certificate: it asks
// itself.
int HealthCheck(const ListenAddress& listen, const std::string& path, bool tls = false);

}  // namespace flux
