// Options: one declaration per setting gives its flag, its environment name, its check, its default and its
// help. Flags beat the environment, the environment beats the default. Every problem is collected and
// reported at once.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace flux {

using Environment = std::map<std::string, std::string, std::less<>>;

// The process environment as a map; read once, by main.
Environment ProcessEnvironment(char** environ);

// A size in bytes. A type of its own, so that "64MiB" is parsed and a bare count is not confused with it.
struct Bytes {
  std::uint64_t count = 0;
  auto operator<=>(const Bytes&) const = default;
};

// "HOST:PORT", "[IPV6]:PORT" or "unix:PATH".
struct ListenAddress {
  std::string text;
};

// What the command line asked for.
struct OptionsOutcome {
  bool exit = false;    // --help, --version, --check-config or a mistake: print `text` and leave with `code`
  int code = 0;         // 0, or 2 after a mistake
  std::string text;     // to standard output when code is 0, else to standard error
  std::string command;  // the command that was named; empty: run as always
  std::vector<std::string> warnings = {};
};

// Declares and parses. Usage: Add(...) for every setting, then Parse once.
class Options {
 public:
  Options(std::string program, std::string description);
  ~Options();
  Options(const Options&) = delete;
  Options& operator=(const Options&) = delete;

  // `flag` is "--like-this"; the environment name is FLUX_LIKE_THIS unless `env` gives another. The value
  // that `target` has now is the default. `target` must outlive Parse. Durations read "500ms", "30s", "2m"
  // (bounds: 0 to 24 h), sizes "64MiB" or plain bytes, booleans "true" or "false", lists are comma separated.
  void Add(std::string flag, std::string help, std::string& target, std::string env = {});
  void Add(std::string flag, std::string help, std::vector<std::string>& target, std::string env = {});
  void Add(std::string flag, std::string help, ListenAddress& target, std::string env = {});
  void Add(std::string flag, std::string help, std::chrono::milliseconds& target, std::string env = {});
  void Add(std::string flag, std::string help, Bytes& target, std::string env = {});
  void Add(std::string flag, std::string help, std::uint32_t& target, std::string env = {});
  void Add(std::string flag, std::string help, std::uint64_t& target, std::string env = {});
  void Add(std::string flag, std::string help, bool& target, std::string env = {});

  // A word that may stand on the command line in place of running as always: `PROGRAM name [options]`.
  void AddCommand(std::string name, std::string help);

  // A secret: never a flag and printed as "***". Read from the environment name, or where that is unset or
  // empty from the file that `env` + "_FILE" names (a mounted Secret; trailing white space is cut).
  void AddSecret(std::string env, std::string help, std::string& target);

  // Called by Parse after every value is read; returns what is wrong with their combination.
  using Validate = std::function<std::vector<std::string>()>;

  // Parses. `validate` may be empty. What is no mistake but was hardly meant, such as an environment variable
  // FLUX_… that no program of this family reads, is in `warnings`.
  OptionsOutcome Parse(int argc, const char* const* argv, const Environment& env,
                       const Validate& validate = {});

  // One row of the settings table, as --help prints it.
  struct Row {
    std::string flag;  // empty for a secret
    std::string env;
    std::string default_text;
    std::string help;
  };
  // All settings in the order of declaration.
  std::vector<Row> Rows() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The product's version, e.g. "0.1.0".
std::string_view Version();

}  // namespace flux
