// Signals are blocked everywhere and awaited on the main thread, so no code ever runs inside a signal
// handler.
#pragma once

#include <cstdint>

namespace flux {

// Blocks SIGTERM, SIGINT and SIGHUP in the calling thread and all it will start; ignores SIGPIPE.
// Call first in main, before any thread.
void BlockSignals();

// Waits for one of the blocked signals and returns its number.
int AwaitSignal();

// Raises the soft limit of open files to the hard limit, since every waiting caller holds a socket. Returns
// the limit.
std::uint64_t RaiseFileLimit();

}  // namespace flux
