// CLI11 reads the flags and prints the help; values are converted here, so that all mistakes are told at
// once.
#include "base/options.h"

#include <absl/strings/ascii.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>
#include <absl/time/time.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>

#include "base/exit_code.h"
#include "base/known_settings.h"

namespace flux {
namespace {

constexpr std::uintmax_t kSecretFileLimit = 64 * 1024;

// Reads a mounted Secret into `value`; returns what is wrong with the file.
std::string ReadSecretFile(const std::string& path, std::string& value) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error))
    return "is a directory; name the file in it that holds the value";
  std::ifstream in(path, std::ios::binary);
  if (!in) return "cannot be read";
  value.assign(std::istreambuf_iterator<char>(in), {});
  if (value.size() > kSecretFileLimit) return "is larger than 64 KiB; that is no secret";
  absl::StripTrailingAsciiWhitespace(&value);
  return value.empty() ? "is empty" : "";
}

// A converter stores into its target and returns what is wrong ("" when nothing is).
using Convert = std::function<std::string(const std::string&)>;

std::string EnvironmentName(std::string_view flag) {
  std::string name = "FLUX_";
  for (const char c : flag.substr(2)) {
    name += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return name;
}

std::string ConvertDuration(const std::string& text, std::chrono::milliseconds& target) {
  absl::Duration parsed;
  const bool ok = absl::ParseDuration(text, &parsed);
  if (!ok || parsed < absl::ZeroDuration() || parsed > absl::Hours(24)) {
    return "is not a duration between 0 and 24h, such as 500ms, 30s or 2m";
  }
  target = absl::ToChronoMilliseconds(parsed);
  return {};
}

std::string ConvertBytes(const std::string& text, Bytes& target) {
  constexpr std::pair<std::string_view, std::uint64_t> kUnits[] = {
      {"GiB", 1ULL << 30}, {"MiB", 1ULL << 20}, {"KiB", 1ULL << 10}, {"B", 1}};
  std::string digits = text;
  std::uint64_t unit = 1;
  for (const auto& [suffix, factor] : kUnits) {
    if (!text.ends_with(suffix)) continue;
    digits.resize(text.size() - suffix.size());
    unit = factor;
    break;
  }
  std::uint64_t count = 0;
  constexpr std::uint64_t kMost = 1ULL << 40;
  if (!absl::SimpleAtoi(digits, &count) || count > kMost / unit)
    return "is not a size such as 1048576 or 64MiB";
  target.count = count * unit;
  return {};
}

std::string ConvertListen(const std::string& text, ListenAddress& target) {
  constexpr std::string_view kWanted = "is not HOST:PORT, [IPV6]:PORT or unix:PATH";
  target.text = text;
  if (text.starts_with("unix:")) return text.size() > 5 ? std::string() : std::string(kWanted);
  const auto colon = text.rfind(':');
  std::uint32_t port = 0;
  if (colon == std::string::npos || colon == 0 || !absl::SimpleAtoi(text.substr(colon + 1), &port) ||
      port > 65535) {
    return std::string(kWanted);
  }
  return {};
}

template <typename T>
std::string ConvertCount(const std::string& text, T& target) {
  return absl::SimpleAtoi(text, &target) ? std::string() : "is not a whole number in range";
}

std::string ConvertBool(const std::string& text, bool& target) {
  return absl::SimpleAtob(text, &target) ? std::string() : "is neither true nor false";
}

std::string DurationText(std::chrono::milliseconds value) {
  return absl::FormatDuration(absl::FromChrono(value));
}

std::string BytesText(Bytes value) {
  constexpr std::uint64_t kMebi = 1ULL << 20;
  return value.count != 0 && value.count % kMebi == 0 ? absl::StrCat(value.count / kMebi, "MiB")
                                                      : absl::StrCat(value.count);
}

// As CLI11 takes them, which is backwards and without the program. It has no value for "--option=", which
// says the empty text.
std::vector<std::string> ArgumentsOf(int argc, const char* const* argv) {
  std::vector<std::string> arguments;
  for (int i = argc - 1; i > 0; --i) {
    std::string argument = argv[i];
    const bool empty = argument.starts_with("--") && argument.find('=') == argument.size() - 1;
    if (empty) {
      argument.pop_back();
      arguments.emplace_back();
    }
    arguments.push_back(std::move(argument));
  }
  return arguments;
}

}  // namespace

struct Options::Impl {
  struct Entry {
    Row row;
    Convert convert;
    CLI::Option* option = nullptr;  // null for a secret
    std::string text;               // what CLI11 read
  };

  Impl(std::string program, std::string description) : app(std::move(description), std::move(program)) {
    constexpr std::size_t kFlagColumn = 36;  // every flag and its help fit on one line
    app.get_formatter()->column_width(kFlagColumn);
  }

  void Declare(std::string flag, std::string help, std::string default_text, std::string env,
               Convert convert) {
    auto entry = std::make_unique<Entry>();
    if (env.empty()) env = EnvironmentName(flag);
    entry->row = {flag, env, default_text, help};
    entry->convert = std::move(convert);
    std::string text = help + " [env " + env + "]";
    if (!default_text.empty()) text += " (default " + default_text + ")";
    entry->option = app.add_option(flag, entry->text, text)->type_name("");
    entry->option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    entries.push_back(std::move(entry));
  }

  void Read(Entry& entry, const Environment& env, std::vector<std::string>& problems) const;

  CLI::App app;
  std::vector<std::unique_ptr<Entry>> entries;
};

void Options::Impl::Read(Entry& entry, const Environment& env, std::vector<std::string>& problems) const {
  std::string value;
  std::string source;
  if (entry.option != nullptr && entry.option->count() > 0) {
    value = entry.text;
    source = entry.row.flag;
  } else if (const auto found = env.find(entry.row.env);
             found != env.end() && (entry.option != nullptr || !found->second.empty())) {
    value = found->second;
    source = entry.row.env;
  } else if (const auto file = env.find(entry.row.env + "_FILE");
             entry.option == nullptr && file != env.end() && !file->second.empty()) {
    source = entry.row.env + "_FILE";
    if (const std::string wrong = ReadSecretFile(file->second, value); !wrong.empty()) {
      problems.push_back(source + ": " + file->second + " " + wrong);
      return;
    }
  } else {
    return;
  }
  const std::string wrong = entry.convert(value);
  if (wrong.empty()) return;
  const std::string shown = entry.option == nullptr ? "***" : "\"" + value + "\"";
  problems.push_back(source + ": " + shown + " " + wrong);
}

Options::Options(std::string program, std::string description)
    : impl_(std::make_unique<Impl>(std::move(program), std::move(description))) {}

Options::~Options() = default;

void Options::Add(std::string flag, std::string help, std::string& target, std::string env) {
  impl_->Declare(std::move(flag), std::move(help), target, std::move(env),
                 [&target](const std::string& text) {
                   target = text;
                   return std::string();
                 });
}

void Options::Add(std::string flag, std::string help, std::vector<std::string>& target, std::string env) {
  std::string joined;
  for (const std::string& item : target) joined += (joined.empty() ? "" : ",") + item;
  impl_->Declare(std::move(flag), std::move(help), joined, std::move(env),
                 [&target](const std::string& text) {
                   target = absl::StrSplit(text, ',', absl::SkipWhitespace());
                   for (std::string& item : target) absl::StripAsciiWhitespace(&item);
                   return std::string();
                 });
}

void Options::Add(std::string flag, std::string help, ListenAddress& target, std::string env) {
  impl_->Declare(std::move(flag), std::move(help), target.text, std::move(env),
                 [&target](const std::string& text) { return ConvertListen(text, target); });
}

void Options::Add(std::string flag, std::string help, std::chrono::milliseconds& target, std::string env) {
  impl_->Declare(std::move(flag), std::move(help), DurationText(target), std::move(env),
                 [&target](const std::string& text) { return ConvertDuration(text, target); });
}

void Options::Add(std::string flag, std::string help, Bytes& target, std::string env) {
  impl_->Declare(std::move(flag), std::move(help), BytesText(target), std::move(env),
                 [&target](const std::string& text) { return ConvertBytes(text, target); });
}

void Options::Add(std::string flag, std::string help, std::uint32_t& target, std::string env) {
  impl_->Declare(std::move(flag), std::move(help), absl::StrCat(target), std::move(env),
                 [&target](const std::string& text) { return ConvertCount(text, target); });
}

void Options::Add(std::string flag, std::string help, std::uint64_t& target, std::string env) {
  impl_->Declare(std::move(flag), std::move(help), absl::StrCat(target), std::move(env),
                 [&target](const std::string& text) { return ConvertCount(text, target); });
}

void Options::Add(std::string flag, std::string help, bool& target, std::string env) {
  impl_->Declare(std::move(flag), std::move(help), target ? "true" : "false", std::move(env),
                 [&target](const std::string& text) { return ConvertBool(text, target); });
  impl_->entries.back()->option->expected(0, 1)->default_str("true");
}

void Options::AddSecret(std::string env, std::string help, std::string& target) {
  auto entry = std::make_unique<Impl::Entry>();
  entry->row = {"", env, "", std::move(help)};
  entry->convert = [&target, name = std::move(env)](const std::string& text) {
    const auto printable = [](unsigned char c) { return c > 0x20 && c < 0x7f; };
    const bool quoted =
        text.size() >= 2 && (text.front() == '"' || text.front() == '\'') && text.back() == text.front();
    if (quoted) return std::string("stands in quotes; give it without them");
    if (text.starts_with(name + "=")) return "begins with \"" + name + "=\"; give what comes after it";
    if (!std::ranges::all_of(text, printable)) return std::string("holds white space or control characters");
    target = text;
    return std::string();
  };
  impl_->entries.push_back(std::move(entry));
}

void Options::AddCommand(std::string name, std::string help) {
  impl_->app.add_subcommand(std::move(name), std::move(help))->fallthrough();
}

std::vector<Options::Row> Options::Rows() const {
  std::vector<Row> rows;
  for (const auto& entry : impl_->entries) rows.push_back(entry->row);
  return rows;
}

OptionsOutcome Options::Parse(int argc, const char* const* argv, const Environment& env,
                              const Validate& validate) {
  bool check_config = false;
  bool version = false;
  CLI::App& app = impl_->app;
  app.add_flag("--check-config", check_config, "Check all settings, say what is wrong, and exit");
  app.add_flag("--version", version, "Print the version and exit");
  app.allow_extras();
  std::string secrets;
  for (const auto& entry : impl_->entries) {
    if (entry->option != nullptr) continue;
    secrets +=
        "  " + entry->row.env + ", or a file named by " + entry->row.env + "_FILE: " + entry->row.help + "\n";
  }
  if (!secrets.empty()) app.footer("Secrets, from the environment or a file only:\n" + secrets);

  std::vector<std::string> problems;
  try {
    app.parse(ArgumentsOf(argc, argv));
  } catch (const CLI::CallForHelp&) {
    return {true, 0, app.help(), {}};
  } catch (const CLI::ParseError& error) {
    problems.emplace_back(error.what());
  }
  if (version) return {true, 0, app.get_name() + " " + std::string(Version()) + "\n", {}};
  const bool parsed =
      problems.empty();  // else CLI11 has left values unread, and complaining of those would mislead
  for (const std::string& extra : app.remaining()) problems.push_back(extra + ": no such option");
  if (parsed) {
    for (const auto& entry : impl_->entries) impl_->Read(*entry, env, problems);
  }
  // A command does not run the program: whether that would start is not its business.
  const std::vector<CLI::App*> commands = app.get_subcommands();
  if (problems.empty() && validate && commands.empty()) problems = validate();
  std::vector<std::string> warnings = UnknownSettings(env);
  std::string warned;
  for (const std::string& warning : warnings) warned += app.get_name() + ": warning: " + warning + "\n";
  if (!problems.empty()) {
    std::string text = std::move(warned);
    for (const std::string& problem : problems) text += app.get_name() + ": " + problem + "\n";
    return {true, kBadSettings, text + "Run " + app.get_name() + " --help for all options.\n", {}};
  }
  if (check_config) return {true, 0, warned + app.get_name() + ": configuration is valid\n", {}};
  return {false, 0, {}, commands.empty() ? std::string() : commands.front()->get_name(), std::move(warnings)};
}

Environment ProcessEnvironment(char** environ) {
  Environment env;
  for (; *environ != nullptr; ++environ) {
    const std::string_view pair = *environ;
    const auto equals = pair.find('=');
    if (equals != std::string_view::npos) env.emplace(pair.substr(0, equals), pair.substr(equals + 1));
  }
  return env;
}

std::string_view Version() {
  return FLUX_VERSION;
}

}  // namespace flux
