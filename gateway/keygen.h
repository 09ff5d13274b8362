// keygen: the command `flux-gateway keygen NAME`, which makes an API key.
#pragma once

#include <span>

namespace flux::gateway {

// Prints a fresh key and, on a second line, what belongs into the file of --api-keys-file, to standard
// output; what to do with them to standard error. `arguments`: the caller's NAME, then settings as in the
// file (rate=N, …). Returns the exit code: 0, 1 where no random bytes can be had, 2 after a mistake.
int RunKeygen(std::span<const char* const> arguments);

}  // namespace flux::gateway
