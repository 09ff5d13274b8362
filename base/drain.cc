// POSIX signal masks and limits.
#include "base/drain.h"

#include <sys/resource.h>

#include <csignal>
#include <stop_token>
#include <utility>

namespace flux {
namespace {

sigset_t AwaitedSignals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGHUP);
  return set;
}

}  // namespace

void BlockSignals() {
  const sigset_t set = AwaitedSignals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &ignore, nullptr);
}

int AwaitSignal(const std::function<void()>& on_hangup) {
  const sigset_t set = AwaitedSignals();
  for (;;) {
    int signal = 0;
    if (sigwait(&set, &signal) != 0) continue;
    if (signal != SIGHUP || !on_hangup) return signal;
    on_hangup();
  }
}

bool WaitOut(std::chrono::milliseconds delay) {
  const sigset_t set = AwaitedSignals();
  const auto end = std::chrono::steady_clock::now() + delay;
  for (;;) {
    const auto left = end - std::chrono::steady_clock::now();
    if (left <= left.zero()) return true;
    const auto seconds = std::chrono::floor<std::chrono::seconds>(left);
    const timespec wait{seconds.count(), static_cast<long>(std::chrono::nanoseconds(left - seconds).count())};
    const int signal = sigtimedwait(&set, nullptr, &wait);
    if (signal == SIGTERM || signal == SIGINT) return false;
  }
}

GraceWatch::GraceWatch(std::function<void()> hurry)
    : watcher_([hurry = std::move(hurry)](const std::stop_token& stop) {
        const sigset_t set = AwaitedSignals();
        constexpr timespec kLook{0, 50'000'000};
        while (!stop.stop_requested()) {
          const int signal = sigtimedwait(&set, nullptr, &kLook);
          if (signal == SIGTERM || signal == SIGINT) return hurry();
        }
      }) {}

std::uint64_t RaiseFileLimit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

}  // namespace flux
