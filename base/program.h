// Program: what every program of this product does before its own work: standard streams, signals, limits,
// settings, and the command that asks a running one how it is.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/options.h"

namespace flux {

// Construct first in main, before any thread; declare settings on options(), then Start.
class Program {
 public:
  Program(std::string name, std::string description);

  Options& options() { return options_; }

  // Reads the settings. Returns the exit code where there is nothing more to do (--help, a mistake, the
  // command `healthcheck`), which has been said by then; otherwise nothing. `health` asks a running program
  // how it is, once the settings are read, and returns the exit code.
  std::optional<int> Start(int argc, char** argv, const Options::Validate& validate,
                           const std::function<int()>& health);

  // The command that was named on the command line; empty: run as always.
  const std::string& command() const { return outcome_.command; }

  // Tells what looks like a mistake in the settings but is none.
  void Warn(Log& log) const;

  // How many files may be open.
  std::uint64_t descriptors() const { return descriptors_; }

 private:
  std::uint64_t descriptors_ = 0;
  Options options_;
  OptionsOutcome outcome_;
};

}  // namespace flux
