// Settings of flux-sim.
#include "sim/config.h"

#include <gmock/gmock.h>

namespace flux::sim {
namespace {

OptionsOutcome Parse(std::vector<const char*> arguments, const Environment& env, SimConfig& config) {
  Options options("flux-sim", "");
  Declare(config, options);
  arguments.insert(arguments.begin(), "flux-sim");
  return options.Parse(static_cast<int>(arguments.size()), arguments.data(), env,
                       [&config] { return Validate(config); });
}

TEST(ConfigTest, DefaultsAreValid) {
  SimConfig config;
  EXPECT_FALSE(Parse({}, {}, config).exit);
  EXPECT_EQ(config.listen.text, "127.0.0.1:8090");
  EXPECT_EQ(config.key, "sim:sim");
  EXPECT_GE(config.threads, 1'000U);
}

TEST(ConfigTest, AServicesEnvironmentDoesNotReachIt) {
  SimConfig config;
  Parse({}, {{"FLUX_LISTEN", "0.0.0.0:1"}, {"FLUX_SIM_LATENCY", "2s"}, {"FLUX_SIM_KEY", "a:b"}}, config);
  EXPECT_EQ(config.listen.text, "127.0.0.1:8090");
  EXPECT_EQ(config.latency, std::chrono::seconds(2));
  EXPECT_EQ(config.key, "a:b");
}

TEST(ConfigTest, EveryMistakeIsTold) {
  SimConfig config;
  const OptionsOutcome outcome = Parse(
      {"--listen", "unix:/tmp/x", "--threads", "0", "--pydantic", "3", "--tls-cert", "x", "--public-url",
       "http://host/", "--queue-listen", "unix:/tmp/y", "--platform-listen", "unix:/tmp/z"},
      {{"FLUX_SIM_KEY", "nocolon"}}, config);
  EXPECT_EQ(outcome.code, 2);
  for (const char* name : {"--listen", "--queue-listen", "--platform-listen", "--threads", "--pydantic",
                           "--tls-key", "--public-url", "FLUX_SIM_KEY"}) {
    EXPECT_THAT(outcome.text, testing::HasSubstr(name));
  }
}

TEST(ConfigTest, UnknownFlagsFail) {
  SimConfig config;
  EXPECT_EQ(Parse({"--billing-listen", "127.0.0.1:0"}, {}, config).code, 2);
}

TEST(ConfigTest, QueueAndPlatformListenNextToFal) {
  EXPECT_EQ(NextTo({"127.0.0.1:8090"}, {}, 1).text, "127.0.0.1:8091");
  EXPECT_EQ(NextTo({"[::1]:8090"}, {}, 2).text, "[::1]:8092");
  EXPECT_EQ(NextTo({"127.0.0.1:0"}, {}, 2).text, "127.0.0.1:0");
  EXPECT_EQ(NextTo({"127.0.0.1:8090"}, {"0.0.0.0:7"}, 1).text, "0.0.0.0:7");
}

TEST(ConfigTest, RetentionIsANumberAboveZero) {
  SimConfig config;
  EXPECT_EQ(RetentionScale(config), 1);
  EXPECT_FALSE(Parse({"--retention-scale", "0.01"}, {}, config).exit);
  EXPECT_EQ(RetentionScale(config), 0.01);
  for (const char* wrong : {"0", "-1", "x", "nan", "inf", "1e9", ""}) {
    EXPECT_THAT(Parse({"--retention-scale", wrong}, {}, config).text, testing::HasSubstr("--retention-scale"))
        << wrong;
  }
}

}  // namespace
}  // namespace flux::sim
