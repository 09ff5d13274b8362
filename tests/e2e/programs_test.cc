// The programs as commands: help, mistakes, and README saying the same as they do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <set>
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

// Every match of the first group of `pattern`.
std::set<std::string> Matches(const std::string& text, const std::string& pattern) {
  const std::regex regex(pattern);
  std::set<std::string> found;
  for (std::sregex_iterator it(text.begin(), text.end(), regex), end; it != end; ++it) found.insert((*it)[1]);
  return found;
}

// README's settings of one program: the rows of the table under its heading.
std::string Section(const std::string& program) {
  std::ifstream file(FLUX_SOURCE_DIR "/README.md");
  std::ostringstream text;
  text << file.rdbuf();
  const std::string readme = text.str();
  const auto start = readme.find("### `" + program + "`");
  EXPECT_NE(start, std::string::npos) << "README has no settings of " << program;
  return start == std::string::npos ? "" : readme.substr(start, readme.find("\n#", start + 1) - start);
}

class Programs : public testing::TestWithParam<const char*> {};

TEST_P(Programs, ReadmeAndHelpNameTheSameSettings) {
  const std::string help = Help(GetParam());
  const std::string section = Section(GetParam());
  std::set<std::string> flags = Matches(help, "  (--[a-z-]+)");
  for (const char* meta : {"--help", "--version", "--check-config"}) EXPECT_EQ(flags.erase(meta), 1u) << meta;
  EXPECT_EQ(flags, Matches(section, "\\| `(--[a-z-]+)`"));
  EXPECT_EQ(Matches(help, "\\[env ([A-Z_]+)\\]"), Matches(section, "\\| `--[a-z-]+` \\| `([A-Z_]+)`"));
}

TEST_P(Programs, ReadmeAndHelpNameTheSameDefaults) {
  const std::string help = Help(GetParam());
  const std::string section = Section(GetParam());
  // CLI11 wraps nothing within a description, so a flag's line holds its default.
  const std::regex row("\\| `(--[a-z-]+)` \\| `[A-Z_]+` \\| `?([^|`]*)`? \\|");
  int rows = 0;
  for (std::sregex_iterator it(section.begin(), section.end(), row), end; it != end; ++it, ++rows) {
    const std::string value = (*it)[2].str();
    const std::string expected = value.empty() ? "" : "(default " + value + ")";
    const auto at = help.find("  " + (*it)[1].str() + " ");
    ASSERT_NE(at, std::string::npos) << (*it)[1];
    const auto next = help.find("\n  --", at);
    const std::string entry = std::regex_replace(help.substr(at, next - at), std::regex("\\s+"), " ");
    if (expected.empty()) {
      EXPECT_EQ(entry.find("(default"), std::string::npos) << entry;
    } else {
      EXPECT_THAT(entry, HasSubstr(expected));
    }
  }
  EXPECT_GT(rows, 5);
}

TEST_P(Programs, UnknownFlagFails) {
  Process process(GetParam(), {"--bogus=1"}, {{"FAL_KEY", kKey}});
  EXPECT_EQ(process.Wait(), 2);
  EXPECT_THAT(process.Output(), HasSubstr("--bogus"));
}

TEST_P(Programs, CheckConfigPassesAndStartsNothing) {
  Process process(GetParam(), {"--check-config"}, {{"FAL_KEY", kKey}});
  EXPECT_EQ(process.Wait(), 0);
  EXPECT_THAT(process.Output(), HasSubstr("configuration is valid"));
}

INSTANTIATE_TEST_SUITE_P(All, Programs, testing::Values("flux-service", "flux-gateway", "flux-sim"),
                         [](const auto& row) { return std::string(row.param).substr(5); });

TEST(ServiceProgramTest, TellsEveryMistakeAtOnce) {
  Process process("flux-service",
                  {"--check-config", "--fal-url=ftp://x", "--request-timeout=1ms", "--fal-ca-file=/nonexistent"});
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
