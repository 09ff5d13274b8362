// Settings from flags, environment and files, and how mistakes in them are told.
#include "base/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

namespace flux {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

struct Settings {
  std::string name = "plain";
  ListenAddress listen{"127.0.0.1:1"};
  std::chrono::milliseconds timeout = 30s;
  Bytes limit{1 << 20};
  std::uint32_t count = 7;
  bool on = true;
  std::vector<std::string> list;
  std::string key;
};

class OptionsTest : public testing::Test {
 protected:
  OptionsOutcome Parse(std::vector<const char*> flags, const Environment& env = {},
                       const Options::Validate& validate = {}) {
    Options options("prog", "Does things.");
    options.Add("--name", "A name", settings_.name);
    options.Add("--listen", "Where", settings_.listen);
    options.Add("--timeout", "How long", settings_.timeout);
    options.Add("--limit", "How much", settings_.limit);
    options.Add("--count", "How many", settings_.count);
    options.Add("--on", "Whether", settings_.on, "TURN_ON");
    options.Add("--list", "Which", settings_.list);
    options.AddSecret("THE_KEY", "A key", settings_.key);
    options.AddCommand("ask", "Ask");
    flags.insert(flags.begin(), "prog");
    return options.Parse(static_cast<int>(flags.size()), flags.data(), env, validate);
  }

  Settings settings_;
};

TEST_F(OptionsTest, DefaultsStay) {
  EXPECT_FALSE(Parse({}).exit);
  EXPECT_EQ(settings_.name, "plain");
  EXPECT_EQ(settings_.timeout, 30s);
}

TEST_F(OptionsTest, EveryTypeFromFlags) {
  EXPECT_FALSE(Parse({"--name=x", "--listen", "[::1]:0", "--timeout", "2m", "--limit", "64MiB", "--count",
                      "9", "--on=false", "--list", "a, b,,c"})
                   .exit);
  EXPECT_EQ(settings_.name, "x");
  EXPECT_EQ(settings_.listen.text, "[::1]:0");
  EXPECT_EQ(settings_.timeout, 2min);
  EXPECT_EQ(settings_.limit, Bytes{64 << 20});
  EXPECT_EQ(settings_.count, 9u);
  EXPECT_FALSE(settings_.on);
  EXPECT_THAT(settings_.list, ElementsAre("a", "b", "c"));
}

TEST_F(OptionsTest, FlagBeatsEnvironmentBeatsDefault) {
  EXPECT_FALSE(
      Parse({"--name", "flag"}, {{"FLUX_NAME", "env"}, {"FLUX_COUNT", "3"}, {"TURN_ON", "false"}}).exit);
  EXPECT_EQ(settings_.name, "flag");
  EXPECT_EQ(settings_.count, 3u);
  EXPECT_FALSE(settings_.on);
}

TEST_F(OptionsTest, LastOfRepeatedFlagsCounts) {
  EXPECT_FALSE(Parse({"--name=a", "--name=b", "--on=false", "--on=true"}).exit);
  EXPECT_EQ(settings_.name, "b");
  EXPECT_TRUE(settings_.on);
}

TEST_F(OptionsTest, FlagWithoutItsValueIsTheOnlyMistakeTold) {
  const OptionsOutcome outcome = Parse({"--name"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.text, HasSubstr("--name"));
  EXPECT_THAT(outcome.text, Not(HasSubstr("--listen")));
}

TEST_F(OptionsTest, TellsEveryMistakeAtOnce) {
  const OptionsOutcome outcome = Parse({"--timeout", "soon", "--limit=-1", "--count", "many", "--listen",
                                        "nowhere", "--bogus", "--on=perhaps"},
                                       {{"THE_KEY", "has space"}});
  EXPECT_TRUE(outcome.exit);
  EXPECT_EQ(outcome.code, 2);
  for (const char* part :
       {"--timeout: \"soon\"", "--limit", "--count", "--listen", "--bogus", "--on", "THE_KEY: ***"}) {
    EXPECT_THAT(outcome.text, HasSubstr(part));
  }
  EXPECT_THAT(outcome.text, Not(HasSubstr("has space")));
}

struct DurationCase {
  const char* text;
  bool ok;
};

class DurationTest : public OptionsTest, public testing::WithParamInterface<DurationCase> {};

TEST_P(DurationTest, Bounds) {
  EXPECT_EQ(Parse({"--timeout", GetParam().text}).code == 0, GetParam().ok);
}

INSTANTIATE_TEST_SUITE_P(Edges, DurationTest,
                         testing::Values(DurationCase{"0s", true}, DurationCase{"500ms", true},
                                         DurationCase{"24h", true}, DurationCase{"24h1ms", false},
                                         DurationCase{"-1s", false}, DurationCase{"5", false},
                                         DurationCase{"", false}, DurationCase{"inf", false}));

TEST_F(OptionsTest, SecretFromFileWithoutItsNewline) {
  const std::string path = testing::TempDir() + "flux_options_secret";
  std::ofstream(path) << "id:secret\n";
  EXPECT_FALSE(Parse({}, {{"THE_KEY_FILE", path}}).exit);
  EXPECT_EQ(settings_.key, "id:secret");
  std::remove(path.c_str());
}

TEST_F(OptionsTest, MissingSecretFileIsAMistake) {
  EXPECT_THAT(Parse({}, {{"THE_KEY_FILE", "/nonexistent/key"}}).text,
              HasSubstr("THE_KEY_FILE: /nonexistent/key cannot be read"));
}

TEST_F(OptionsTest, SecretIsNoFlag) {
  EXPECT_EQ(Parse({"--the-key", "x"}).code, 2);
}

TEST_F(OptionsTest, HelpNamesEverySettingAndExitsWithZero) {
  const OptionsOutcome outcome = Parse({"--help"});
  EXPECT_TRUE(outcome.exit);
  EXPECT_EQ(outcome.code, 0);
  for (const char* part :
       {"--name", "FLUX_NAME", "plain", "--timeout", "30s", "1MiB", "TURN_ON", "THE_KEY", "--check-config"}) {
    EXPECT_THAT(outcome.text, HasSubstr(part));
  }
}

TEST_F(OptionsTest, CheckConfigRunsTheValidation) {
  const auto refuse = [] { return std::vector<std::string>{"--count: too small"}; };
  EXPECT_EQ(Parse({"--check-config"}).code, 0);
  EXPECT_TRUE(Parse({"--check-config"}).exit);
  const OptionsOutcome refused = Parse({"--check-config"}, {}, refuse);
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.text, HasSubstr("--count: too small"));
}

TEST_F(OptionsTest, ACommandWantsNoSettingThatOnlyTheProgramNeeds) {
  const auto refuse = [] { return std::vector<std::string>{"--store: say where"}; };
  EXPECT_EQ(Parse({}, {}, refuse).code, 2);
  const OptionsOutcome outcome = Parse({"ask"}, {}, refuse);
  EXPECT_FALSE(outcome.exit);
  EXPECT_EQ(outcome.command, "ask");
}

TEST_F(OptionsTest, VersionIsPrinted) {
  EXPECT_EQ(Parse({"--version"}).text, "prog " + std::string(Version()) + "\n");
}

TEST_F(OptionsTest, NothingAfterTheEqualsSignIsTheEmptyText) {
  EXPECT_FALSE(Parse({"--name=", "--count=3"}).exit);
  EXPECT_EQ(settings_.name, "");
  EXPECT_EQ(settings_.count, 3u);
  EXPECT_EQ(Parse({"--count="}).code, 2);
  EXPECT_EQ(Parse({"--nobody="}).code, 2);
}

TEST_F(OptionsTest, AnEmptySecretIsNone) {
  const std::string path = testing::TempDir() + "/the_key";
  std::ofstream(path) << "from-file\n";
  EXPECT_FALSE(Parse({}, {{"THE_KEY", ""}, {"THE_KEY_FILE", path}}).exit);
  EXPECT_EQ(settings_.key, "from-file");
  std::remove(path.c_str());
}

TEST_F(OptionsTest, SlipsInSecretsAreNamedWithoutShowingThem) {
  const auto said = [this](const std::string& value) {
    const OptionsOutcome outcome = Parse({}, {{"THE_KEY", value}});
    EXPECT_TRUE(outcome.exit);
    EXPECT_THAT(outcome.text, Not(HasSubstr("hush")));
    return outcome.text;
  };
  EXPECT_THAT(said("\"id:hush\""), HasSubstr("THE_KEY: *** stands in quotes"));
  EXPECT_THAT(said("'id:hush'"), HasSubstr("stands in quotes"));
  EXPECT_THAT(said("THE_KEY=id:hush"), HasSubstr("begins with \"THE_KEY=\""));
  EXPECT_THAT(said(" id:hush"), HasSubstr("white space"));
}

TEST_F(OptionsTest, SecretFilesThatAreNone) {
  EXPECT_THAT(Parse({}, {{"THE_KEY_FILE", "/tmp"}}).text, HasSubstr("THE_KEY_FILE: /tmp is a directory"));
  EXPECT_THAT(Parse({}, {{"THE_KEY_FILE", "/nonexistent"}}).text, HasSubstr("cannot be read"));
  EXPECT_THAT(Parse({}, {{"THE_KEY_FILE", "/dev/null"}}).text, HasSubstr("is empty"));
}

TEST_F(OptionsTest, VariablesThatNobodyReadsAreToldAndNoMistake) {
  const Environment env{{"FLUX_LISTENN", "x"}};
  const OptionsOutcome outcome = Parse({}, env);
  EXPECT_FALSE(outcome.exit);
  EXPECT_THAT(outcome.warnings, ElementsAre(HasSubstr("FLUX_LISTENN: no such setting")));
  EXPECT_THAT(Parse({"--check-config"}, env).text,
              testing::AllOf(HasSubstr("warning: FLUX_LISTENN"), HasSubstr("configuration is valid")));
  EXPECT_EQ(Parse({"--check-config"}, env).code, 0);
}

}  // namespace
}  // namespace flux
