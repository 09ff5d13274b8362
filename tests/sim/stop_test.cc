// The simulator stops at once, whatever its callers are doing.
#include "tests/sim/sim_fixture.h"

namespace flux::sim {
namespace {

TEST_F(SimTest, StopEndsWaitingGenerationsUnbilled) {
  StartSim();
  int status = 0;
  std::thread waiting([&] { status = Generate({{"prompt", "sim:hang"}})->status; });
  ASSERT_TRUE(Eventually([this] { return Ledger()["in_flight"] == 1; }));
  sim_->Stop();
  waiting.join();
  EXPECT_EQ(status, 503);
}

TEST_F(SimTest, StopDoesNotWaitForIdleConnections) {
  StartSim();
  auto idle = Client();
  idle.set_keep_alive(true);
  ASSERT_EQ(idle.Get("/_sim")->status, 200);
  const auto before = std::chrono::steady_clock::now();
  sim_->Stop();
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(5));
}

TEST_F(SimTest, StopIsIdempotentAndWorksWithoutStart) {
  Simulator never_started(SimConfig(), log_);
  never_started.Stop();
  StartSim();
  sim_->Stop();
  sim_->Stop();
}

TEST_F(SimTest, ATakenPortIsAnError) {
  StartSim();
  SimConfig config;
  config.listen.text = "127.0.0.1:" + std::to_string(port_);
  Simulator second(config, log_);
  EXPECT_FALSE(second.Start().has_value());
}

}  // namespace
}  // namespace flux::sim
