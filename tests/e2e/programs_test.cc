// Runs the three programs as commands: their help, how they report mistakes, and that docs/settings.md lists
// the same settings as their help.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <sstream>

#include "tests/e2e/process.h"
#include "tests/e2e/stack.h"

namespace flux::e2e {
namespace {

using testing::HasSubstr;

std::string Help(const std::string& program) {
  Process process(program, {"--help"});
  EXPECT_EQ(process.Wait(), 0);
  return process.Output();
}

// A setting as the help or docs/settings.md tells it.
struct Told {
  std::string env;
  std::string default_text;

  bool operator==(const Told&) const = default;
};
using Settings = std::map<std::string, Told>;

// What stands between `open` and `close`; empty where there is no such pair.
std::string Between(const std::string& text, const std::string& open, const std::string& close) {
  const auto start = text.find(open);
  if (start == std::string::npos) return "";
  const auto end = text.find(close, start + open.size());
  return text.substr(start + open.size(), end - start - open.size());
}

// "  --flag …text… [env NAME] (default VALUE)", one line each.
Settings FromHelp(const std::string& help) {
  Settings settings;
  std::istringstream lines(help);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("  --")) continue;
    settings[line.substr(2, line.find_first_of(" =", 2) - 2)] = {Between(line, "[env ", "]"),
                                                                 Between(line, "(default ", ")")};
  }
  for (const char* meta : {"--version", "--check-config"}) EXPECT_EQ(settings.erase(meta), 1u) << meta;
  return settings;
}

// "| `--flag` | `NAME` | `VALUE` | …text… |" in the section under the program's heading.
Settings FromDocument(const std::string& program) {
  std::ifstream file(FLUX_SOURCE_DIR "/docs/settings.md");
  const std::string document(std::istreambuf_iterator<char>(file), {});
  std::istringstream lines(Between(document, "\n## `" + program + "`", "\n#"));
  Settings settings;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("| `--")) continue;
    std::istringstream cells(line);
    std::string cell;
    std::vector<std::string> row;
    while (std::getline(cells, cell, '|')) row.push_back(Between(cell, "`", "`"));
    settings[row.at(1)] = {row.at(2), row.at(3)};
  }
  return settings;
}

class Programs : public testing::TestWithParam<const char*> {};

TEST_P(Programs, DocumentAndHelpNameTheSameSettings) {
  const Settings help = FromHelp(Help(GetParam()));
  const Settings document = FromDocument(GetParam());
  EXPECT_GT(help.size(), 5u);
  for (const auto& [flag, told] : help) {
    ASSERT_TRUE(document.contains(flag)) << flag << " is not in docs/settings.md";
    EXPECT_EQ(told.env, document.at(flag).env) << flag;
    EXPECT_EQ(told.default_text, document.at(flag).default_text) << flag;
  }
  for (const auto& [flag, told] : document) EXPECT_TRUE(help.contains(flag)) << flag << " is not in --help";
}

TEST_P(Programs, UnknownFlagFails) {
  Process process(GetParam(), {"--bogus=1"}, {{"FAL_KEY", kKey}});
  EXPECT_EQ(process.Wait(), 2);
  EXPECT_THAT(process.Output(), HasSubstr("--bogus"));
}

TEST_P(Programs, CheckConfigPassesAndStartsNothing) {
  Process process(GetParam(), {"--check-config"}, {{"FAL_KEY", kKey}, {"FLUX_STORE", "memory"}});
  EXPECT_EQ(process.Wait(), 0);
  EXPECT_THAT(process.Output(), HasSubstr("configuration is valid"));
}

INSTANTIATE_TEST_SUITE_P(All, Programs, testing::Values("flux-service", "flux-gateway", "flux-sim"),
                         [](const auto& row) { return std::string(row.param).substr(5); });

TEST(ServiceProgramTest, TellsEveryMistakeAtOnce) {
  Process process("flux-service", {"--check-config", "--fal-url=ftp://x", "--request-timeout=1ms",
                                   "--fal-ca-file=/nonexistent"});
  EXPECT_EQ(process.Wait(), 2);
  for (const char* part : {"--fal-url", "--request-timeout", "--fal-ca-file", "FAL_KEY"}) {
    EXPECT_THAT(process.Output(), HasSubstr(part));
  }
}

TEST(ServiceProgramTest, AMalformedKeyIsNotPrinted) {
  Process process("flux-service", {"--check-config"}, {{"FAL_KEY", "canary"}});
  EXPECT_EQ(process.Wait(), 2);
  EXPECT_THAT(process.Output(), testing::Not(HasSubstr("canary")));
}

// What --check-config says of these settings, and its exit code.
std::pair<std::string, int> Checked(const std::string& program, const Process::Settings& settings) {
  Process process(program, {"--check-config"}, settings);
  const int code = process.Wait();
  return {process.Output(), code};
}

TEST(ServiceProgramTest, SlipsOfTheOperatorAreNamed) {
  struct Slip {
    const char* name;
    Process::Settings settings;
    const char* says;
  };
  const Slip slips[] = {
      {"nothing behind the colon", {{"FAL_KEY", "id:"}}, "nothing after the colon"},
      {"nothing before the colon", {{"FAL_KEY", ":secret"}}, "nothing before the colon"},
      {"quotes", {{"FAL_KEY", "\"id:secret\""}}, "stands in quotes"},
      {"an assignment", {{"FAL_KEY", "FAL_KEY=id:secret"}}, "begins with"},
      {"a directory", {{"FAL_KEY_FILE", "/tmp"}}, "is a directory"},
      {"plain HTTP abroad", {{"FAL_KEY", "i:s"}, {"FLUX_FAL_URL", "http://fal.example.com"}}, "clear text"},
      {"a CA file without one", {{"FAL_KEY", "i:s"}, {"FLUX_FAL_CA_FILE", "/dev/null"}}, "--fal-ca-file"},
      {"reachable without certificates",
       {{"FAL_KEY", "i:s"}, {"FLUX_LISTEN", "0.0.0.0:0"}},
       "--tls-client-ca"},
  };
  for (const Slip& slip : slips) {
    const auto [said, code] = Checked("flux-service", slip.settings);
    EXPECT_EQ(code, 2) << slip.name;
    EXPECT_NE(said.find(slip.says), std::string::npos) << slip.name << ": " << said;
  }
}

TEST(ProgramsTest, SettingsThatNobodyReadsAreToldAndNoMistake) {
  const auto [said, code] = Checked("flux-gateway", {{"FLUX_MAX_BODY_BYTE", "1"}, {"FLUX_FAL_URL", "x"}});
  EXPECT_EQ(code, 0);
  EXPECT_NE(said.find("FLUX_MAX_BODY_BYTE: no such setting; did you mean FLUX_MAX_BODY_BYTES?"),
            std::string::npos);
  EXPECT_EQ(said.find("FLUX_FAL_URL"), std::string::npos) << "another program's";
}

TEST(GatewayProgramTest, NumbersAndTargetsThatCannotBeMeantAreRefused) {
  EXPECT_EQ(Checked("flux-gateway", {{"FLUX_LOOPS", "100000"}}).second, 2);
  const auto [said, code] = Checked("flux-gateway", {{"FLUX_SERVICE", "https://service:50051"}});
  EXPECT_EQ(code, 2);
  EXPECT_NE(said.find("is a URL"), std::string::npos) << said;
}

TEST(GatewayProgramTest, TellsEveryMistakeAtOnce) {
  Process process("flux-gateway", {"--check-config", "--allowed-origins=site.example", "--max-in-flight=0",
                                   "--allowed-hosts=http://x/", "--max-body-bytes=2GiB"});
  EXPECT_EQ(process.Wait(), 2);
  for (const char* part : {"--allowed-origins", "--max-in-flight", "--allowed-hosts", "--max-body-bytes"}) {
    EXPECT_THAT(process.Output(), HasSubstr(part));
  }
}

}  // namespace
}  // namespace flux::e2e
