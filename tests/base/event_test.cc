// An event wakes its one waiter, or its deadline does.
#include "base/event.h"

#include <gtest/gtest.h>

#include "tests/fakes/on_loop.h"

namespace flux {
namespace {

using namespace std::chrono_literals;

class EventTest : public testing::Test {
 protected:
  ~EventTest() override { loop_.Stop(); }

  EventLoop loop_{"test"};
  Event event_{loop_.executor()};
};

TEST_F(EventTest, WakesItsWaiter) {
  fakes::Spawned<Event::Outcome> waiter(loop_, event_.Wait(SteadyTime::max()));
  asio::post(loop_.context(), [this] { event_.Set(); });
  EXPECT_EQ(waiter.Get(), Event::Outcome::kHappened);
}

TEST_F(EventTest, RemembersThatItHappened) {
  asio::post(loop_.context(), [this] { event_.Set(); });
  EXPECT_EQ(fakes::Spawned<Event::Outcome>(loop_, event_.Wait(SteadyTime::max())).Get(),
            Event::Outcome::kHappened);
}

TEST_F(EventTest, GivesUpAtTheDeadline) {
  EXPECT_EQ(fakes::Spawned<Event::Outcome>(loop_, event_.Wait(std::chrono::steady_clock::now() + 5ms)).Get(),
            Event::Outcome::kDeadline);
}

TEST_F(EventTest, SeesCancellation) {
  fakes::Spawned<Event::Outcome> waiter(loop_, event_.Wait(SteadyTime::max()));
  waiter.Cancel();
  EXPECT_EQ(waiter.Get(), Event::Outcome::kCancelled);
}

}  // namespace
}  // namespace flux
