// Replaces gateways and services one by one under load and expects that no request fails.
#include <gtest/gtest.h>

#include "tests/e2e/rollout.h"

namespace flux::e2e {
namespace {

using namespace std::chrono_literals;

TEST(RollingTest, NotOneRequestFailsWhileAllAreReplaced) {
  constexpr std::size_t kRounds = 20;
  // The delay is several probes, as the chart's is.
  const Process::Settings drain{{"FLUX_DRAIN_DELAY", "200ms"}};
  Process::Settings service = drain;
  service["FLUX_MAX_CONNECTION_AGE"] = "4s";  // connections end all the time, too
  Process::Settings gateway = drain;
  gateway["RATE_LIMIT_PER_MINUTE"] = "0";
  gateway["FLUX_SERVICE_CONNECTION_AGE"] = "500ms";
  Rollout rollout({service, gateway, 20ms});
  for (std::size_t round = 0; round < kRounds; ++round) rollout.Replace(round % Rollout::kReplicas);
  rollout.End();
  EXPECT_EQ(rollout.failures(), std::vector<std::string>{});
  EXPECT_GT(rollout.asked(), kRounds * 10);
  EXPECT_EQ(rollout.Billed(), rollout.asked());  // nothing lost, nothing bought twice
}

}  // namespace
}  // namespace flux::e2e
