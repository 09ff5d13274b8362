// One event that many coroutines wait for.
#include "base/shared_event.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "tests/fakes/on_loop.h"

namespace flux {
namespace {

using namespace std::chrono_literals;
using Waiting = fakes::Spawned<Event::Outcome>;

class SharedEventTest : public testing::Test {
 protected:
  ~SharedEventTest() override { loop_.Stop(); }

  std::unique_ptr<Waiting> Wait(SteadyTime deadline = SteadyTime::max()) {
    return std::make_unique<Waiting>(loop_, event_.Wait(deadline));
  }
  void Set() {
    asio::post(loop_.context(), [this] { event_.Set(); });
  }

  EventLoop loop_{"test"};
  SharedEvent event_{loop_.executor()};
};

TEST_F(SharedEventTest, WakesAllWhoWait) {
  std::vector<std::unique_ptr<Waiting>> all;
  for (int i = 0; i < 100; ++i) all.push_back(Wait());
  Set();
  for (const auto& one : all) EXPECT_EQ(one->Get(), Event::Outcome::kHappened);
}

TEST_F(SharedEventTest, RemembersThatItHappened) {
  Set();
  EXPECT_EQ(Wait()->Get(), Event::Outcome::kHappened);
  EXPECT_EQ(Wait(SteadyTime::min())->Get(), Event::Outcome::kHappened);
}

TEST_F(SharedEventTest, WhoLeavesCostsTheOthersNothing) {
  const auto impatient = Wait(std::chrono::steady_clock::now() + 5ms);
  const auto gone = Wait();
  const auto patient = Wait();
  EXPECT_EQ(impatient->Get(), Event::Outcome::kDeadline);
  gone->Cancel();
  EXPECT_EQ(gone->Get(), Event::Outcome::kCancelled);
  Set();
  EXPECT_EQ(patient->Get(), Event::Outcome::kHappened);
}

}  // namespace
}  // namespace flux
