// A wait that ends early when the caller leaves.
#include "sim/http/pause.h"

#include <gtest/gtest.h>

#include <thread>

namespace flux::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

TEST(PauseTest, Elapses) {
  Pause pause;
  const auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(pause.For(milliseconds(30)), Pause::Outcome::kElapsed);
  EXPECT_GE(std::chrono::steady_clock::now() - before, milliseconds(30));
  EXPECT_EQ(pause.For(milliseconds(0)), Pause::Outcome::kElapsed);
}

TEST(PauseTest, LatencyMayChange) {
  Pause pause(milliseconds(5));
  EXPECT_EQ(pause.latency(), milliseconds(5));
  pause.set_latency(milliseconds(0));
  EXPECT_EQ(pause.latency(), milliseconds(0));
}

TEST(PauseTest, EndsWhenTheCallerLeaves) {
  Pause pause;
  int looks = 0;
  EXPECT_EQ(pause.For(minutes(10), [&looks] { return ++looks == 3; }), Pause::Outcome::kLeft);
}

TEST(PauseTest, EndsWhenStopped) {
  Pause pause;
  Pause::Outcome outcome = Pause::Outcome::kElapsed;
  std::thread waiting([&] { outcome = pause.For(minutes(10)); });
  pause.Stop();
  waiting.join();
  EXPECT_EQ(outcome, Pause::Outcome::kStopped);
  EXPECT_EQ(pause.For(minutes(10)), Pause::Outcome::kStopped);
}

}  // namespace
}  // namespace flux::sim
