// Runs the command and looks for its two lines.
#include "tests/e2e/api_key.h"

#include <gtest/gtest.h>

#include <sstream>

#include "tests/e2e/process.h"

namespace flux::e2e {

Key Keygen(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "keygen");
  Process process("flux-gateway", arguments);
  EXPECT_EQ(process.Wait(), 0) << process.Output();
  Key made;
  std::istringstream lines(process.Output());
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("flux_")) made.key = line;
    if (line.starts_with(arguments[1] + " ")) made.line = line;
  }
  EXPECT_EQ(made.key.size(), 48u) << process.Output();
  return made;
}

}  // namespace flux::e2e
