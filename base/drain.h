// Signals are blocked everywhere and awaited on the main thread, so no code ever runs inside a signal
// handler.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <thread>

namespace flux {

// Blocks SIGTERM, SIGINT and SIGHUP in the calling thread and all it will start; ignores SIGPIPE.
// Call first in main, before any thread.
void BlockSignals();

// Waits for a signal that ends the program and returns its number: SIGTERM, SIGINT, and SIGHUP unless
// `on_hangup` is given, which is then called for each.
int AwaitSignal(const std::function<void()>& on_hangup = {});

// Lets `delay` pass, or less if a second SIGTERM or SIGINT says that it is urgent. Returns whether all of it
// has passed. SIGHUP is swallowed: nothing is reloaded any more.
bool WaitOut(std::chrono::milliseconds delay);

// While it lives, a further SIGTERM or SIGINT ends a grace: it calls `hurry` once, on a thread of its own.
// SIGHUP is swallowed.
class GraceWatch {
 public:
  explicit GraceWatch(std::function<void()> hurry);

 private:
  std::jthread watcher_;
};

// Raises the soft limit of open files to the hard limit, since every waiting caller holds a socket. Returns
// the limit.
std::uint64_t RaiseFileLimit();

}  // namespace flux
