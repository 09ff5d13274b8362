// keygen: the command `flux-gateway keygen NAME`, which makes an API key, or with --webhook the secret that
// signs a caller's webhooks.
#pragma once

#include <span>

namespace flux::gateway {

// Prints a fresh key and, on a second line, what belongs into the file of --api-keys-file, to standard
// output; what to do with them to standard error. `arguments`: the caller's NAME, then settings as in the
// file (rate=N, …); or --webhook and the NAME, and the second line belongs into flux-service's file of
// secrets. Returns the exit code: 0, 1 where no random bytes can be had, 2 after a mistake.
int RunKeygen(std::span<const char* const> arguments);

}  // namespace flux::gateway
