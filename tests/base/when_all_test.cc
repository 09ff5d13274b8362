// Several coroutines awaited as one: order, cancellation, exceptions.
#include "base/when_all.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "tests/fakes/on_loop.h"

namespace flux {
namespace {

using fakes::Spawned;
using Results = std::vector<std::string>;

class TogetherTest : public testing::Test {
 protected:
  ~TogetherTest() override { loop_.Stop(); }

  EventLoop loop_{"test"};
};

TEST_F(TogetherTest, ReturnsResultsInOrderThoughTheLastEndsFirst) {
  std::vector<std::unique_ptr<Event>> gates;
  for (int i = 0; i < 3; ++i) gates.push_back(std::make_unique<Event>(loop_.executor()));
  Spawned<Results> all(loop_, WhenAll<std::string>(3, [&](std::size_t i) -> asio::awaitable<std::string> {
                         if (i == 2) {
                           gates[1]->Set();
                         } else {
                           co_await gates[i]->Wait(SteadyTime::max());
                         }
                         if (i == 1) gates[0]->Set();
                         co_return std::to_string(i);
                       }));
  EXPECT_EQ(all.Get(), (Results{"0", "1", "2"}));
}

TEST_F(TogetherTest, NoneIsNothing) {
  Spawned<Results> all(
      loop_, WhenAll<std::string>(0, [](std::size_t) -> asio::awaitable<std::string> { co_return "never"; }));
  EXPECT_TRUE(all.Get().empty());
}

TEST_F(TogetherTest, CancellationReachesAllAndIsWaitedFor) {
  std::atomic<int> started = 0;
  Spawned<Results> all(loop_, WhenAll<std::string>(5, [&](std::size_t) -> asio::awaitable<std::string> {
                         Event never(co_await asio::this_coro::executor);
                         ++started;
                         const auto outcome = co_await never.Wait(SteadyTime::max());
                         co_return outcome == Event::Outcome::kCancelled ? "cancelled" : "odd";
                       }));
  while (started < 5) std::this_thread::yield();
  all.Cancel();
  EXPECT_EQ(all.Get(), Results(5, "cancelled"));
}

TEST_F(TogetherTest, AnExceptionIsThrownOnOnceAllHaveEnded) {
  const auto caught = []() -> asio::awaitable<bool> {
    std::function<asio::awaitable<std::string>(std::size_t)> make =
        [](std::size_t i) -> asio::awaitable<std::string> {
      if (i == 1) throw std::runtime_error("no");
      co_return "fine";
    };
    try {
      co_await WhenAll<std::string>(2, std::move(make));
    } catch (const std::runtime_error&) {
      co_return true;
    }
    co_return false;
  };
  EXPECT_TRUE(Spawned<bool>(loop_, caught()).Get());
}

}  // namespace
}  // namespace flux
