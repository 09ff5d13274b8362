// Whether it is the simulator: asked of what is there, seldom, and believed only where it says so.
#include "service/wire/simulator_check.h"

#include <gtest/gtest.h>

#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_fetcher.h"
#include "tests/fakes/on_loop.h"

namespace flux::fal {
namespace {

using namespace std::chrono_literals;

class SimulatorCheckTest : public testing::Test {
 protected:
  ~SimulatorCheckTest() override { loop_.Stop(); }

  bool Ask(SimulatorCheck& check) { return fakes::Spawned<bool>(loop_, check.IsSimulator()).Get(); }

  EventLoop loop_{"test"};
  fakes::FakeClock clock_;
  fakes::FakeFetcher fetcher_;
};

TEST_F(SimulatorCheckTest, TheSimulatorSaysItsName) {
  fetcher_.Answer("http://127.0.0.1:8090/_sim", std::string(R"({"program":"flux-sim","version":"1"})"));
  SimulatorCheck check("http://127.0.0.1:8090", fetcher_, clock_);
  EXPECT_TRUE(Ask(check));
}

TEST_F(SimulatorCheckTest, NothingElseCounts) {
  for (const char* body : {R"({"program":"other"})", R"({"program":7})", R"(["flux-sim"])", "flux-sim", ""}) {
    fetcher_.Answer("http://127.0.0.1:8090/_sim", std::string(body));
    SimulatorCheck check("http://127.0.0.1:8090", fetcher_, clock_);
    EXPECT_FALSE(Ask(check)) << body;
  }
}

TEST_F(SimulatorCheckTest, FalItselfIsNeverAsked) {
  fetcher_.Answer("https://fal.run/_sim", std::string(R"({"program":"flux-sim"})"));
  SimulatorCheck check("https://fal.run", fetcher_, clock_);
  EXPECT_FALSE(Ask(check));
}

TEST_F(SimulatorCheckTest, WhatWasSaidHoldsForHalfAMinute) {
  SimulatorCheck check("http://sim:8090", fetcher_, clock_);
  EXPECT_FALSE(Ask(check)) << "nobody is there";
  fetcher_.Answer("http://sim:8090/_sim", std::string(R"({"program":"flux-sim"})"));
  EXPECT_FALSE(Ask(check)) << "not asked again at once";
  clock_.Advance(31s);
  EXPECT_TRUE(Ask(check));
  fetcher_.Answer("http://sim:8090/_sim", std::string("{}"));
  EXPECT_TRUE(Ask(check));
  clock_.Advance(31s);
  EXPECT_FALSE(Ask(check)) << "another program took its place";
}

}  // namespace
}  // namespace flux::fal
