// Turns: in order, never too many, and none is lost with who leaves.
#include "service/wire/turns.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <asio/post.hpp>
#include <vector>

#include "base/shared_event.h"
#include "tests/fakes/on_loop.h"

namespace flux::fal {
namespace {

using namespace std::chrono_literals;

class TurnsTest : public testing::Test {
 protected:
  ~TurnsTest() override { loop_.Stop(); }

  // Takes a turn, notes its number, and keeps it until Go.
  asio::awaitable<bool> Work(int number, SteadyTime deadline) {
    const auto turn = co_await turns_.Take(deadline);
    if (!turn) co_return false;
    begun_.push_back(number);
    ++now_;
    most_ = std::max(most_, now_);
    co_await go_.Wait(SteadyTime::max());
    --now_;
    co_return true;
  }
  SteadyTime In(std::chrono::milliseconds time) { return std::chrono::steady_clock::now() + time; }

  EventLoop loop_{"test"};
  Turns turns_{loop_.executor(), 2};
  SharedEvent go_{loop_.executor()};
  std::vector<int> begun_;
  int now_ = 0;
  int most_ = 0;
};

TEST_F(TurnsTest, TheOthersWaitInTheirOrder) {
  std::vector<fakes::Spawned<bool>> works;
  for (int i = 0; i < 5; ++i) works.emplace_back(loop_, Work(i, SteadyTime::max()));
  asio::post(loop_.context(), [this] { go_.Set(); });
  for (auto& work : works) EXPECT_TRUE(work.Get());
  EXPECT_EQ(begun_, (std::vector<int>{0, 1, 2, 3, 4}));
  EXPECT_LE(most_, 2);
}

TEST_F(TurnsTest, WhoLeavesTakesNoTurnAlong) {
  fakes::Spawned<bool> first(loop_, Work(0, SteadyTime::max()));
  fakes::Spawned<bool> second(loop_, Work(1, SteadyTime::max()));
  fakes::Spawned<bool> late(loop_, Work(2, In(1ms)));
  fakes::Spawned<bool> left(loop_, Work(3, SteadyTime::max()));
  fakes::Spawned<bool> last(loop_, Work(4, SteadyTime::max()));
  left.Cancel();
  EXPECT_FALSE(late.Get());
  EXPECT_FALSE(left.Get());
  asio::post(loop_.context(), [this] { go_.Set(); });
  EXPECT_TRUE(first.Get() && second.Get() && last.Get());
  EXPECT_EQ(begun_, (std::vector<int>{0, 1, 4}));
}

}  // namespace
}  // namespace flux::fal
