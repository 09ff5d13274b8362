// The start that all programs share.
#include "base/program.h"

#include <absl/synchronization/mutex.h>
#include <unistd.h>

#include <cstdio>
#include <utility>

#include "base/drain.h"
#include "base/standard_streams.h"

namespace flux {

Program::Program(std::string name, std::string description)
    : options_(std::move(name), std::move(description)) {
  // Debian's abseil is built to look for deadlocks at every lock that is taken, and gRPC takes many.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  SecureStandardStreams();
  BlockSignals();
  descriptors_ = RaiseFileLimit();
}

std::optional<int> Program::Start(int argc, char** argv, const Options::Validate& validate,
                                  const std::function<int()>& health) {
  options_.AddCommand("healthcheck",
                      "Ask the program that runs with these settings whether it is alive; exit code 0 or 1");
  outcome_ = options_.Parse(argc, argv, ProcessEnvironment(environ), validate);
  if (outcome_.exit) {
    std::fputs(outcome_.text.c_str(), outcome_.code == 0 ? stdout : stderr);
    return outcome_.code;
  }
  if (outcome_.command == "healthcheck") return health();
  return std::nullopt;
}

void Program::Warn(Log& log) const {
  for (const std::string& warning : outcome_.warnings) log.Warn("setting_unknown", {{"message", warning}});
}

}  // namespace flux
