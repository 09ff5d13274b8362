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
  const OptionsOutcome outcome = Parse({"--listen", "unix:/tmp/x", "--threads", "0", "--pydantic", "3",
                                        "--tls-cert", "x", "--public-url", "http://host/"},
                                       {{"FLUX_SIM_KEY", "nocolon"}}, config);
  EXPECT_EQ(outcome.code, 2);
  for (const char* name :
       {"--listen", "--threads", "--pydantic", "--tls-key", "--public-url", "FLUX_SIM_KEY"}) {
    EXPECT_THAT(outcome.text, testing::HasSubstr(name));
  }
}

TEST(ConfigTest, UnknownFlagsFail) {
  SimConfig config;
  EXPECT_EQ(Parse({"--queue-listen", "127.0.0.1:0"}, {}, config).code, 2);
}

}  // namespace
}  // namespace flux::sim
