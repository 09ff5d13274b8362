// An event that another thread sets, also when nobody waits any more.
#include "base/remote_event.h"

#include <gtest/gtest.h>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <thread>

#include "tests/fakes/on_loop.h"

namespace flux {
namespace {

using namespace std::chrono_literals;

// What two threads share, as users of RemoteEvent do.
struct Shared {
  explicit Shared(asio::any_io_executor loop) : done(std::move(loop)) {}

  static void Finish(std::shared_ptr<Shared> self, int value) {
    self->result = value;
    RemoteEvent* done = &self->done;
    RemoteEvent::Set({std::move(self), done});
  }

  RemoteEvent done;
  int result = 0;
};

asio::awaitable<int> Await(std::shared_ptr<Shared> shared, SteadyTime deadline, std::thread& setter,
                           std::chrono::microseconds delay) {
  RemoteEvent::Waiter waiter(shared->done);
  setter = std::thread([shared, delay]() mutable {
    std::this_thread::sleep_for(delay);
    Shared::Finish(std::move(shared), 7);
  });
  const Event::Outcome outcome = co_await waiter.Wait(deadline);
  co_return outcome == Event::Outcome::kHappened ? shared->result : -1;
}

TEST(RemoteEventTest, TellsWhatAnotherThreadWrote) {
  EventLoop loop("test");
  for (int i = 0; i < 200; ++i) {
    std::thread setter;
    const auto shared = std::make_shared<Shared>(loop.executor());
    EXPECT_EQ(fakes::Spawned<int>(loop, Await(shared, SteadyTime::max(), setter, 0us)).Get(), 7);
    setter.join();
  }
  loop.Stop();
}

TEST(RemoteEventTest, WhoHasLeftIsNotTouched) {
  EventLoop loop("test");
  for (int i = 0; i < 50; ++i) {
    std::thread setter;
    const auto shared = std::make_shared<Shared>(loop.executor());
    const int told =
        fakes::Spawned<int>(loop, Await(shared, std::chrono::steady_clock::now() + 1ms, setter, 1ms)).Get();
    EXPECT_TRUE(told == 7 || told == -1);
    setter.join();
  }
  loop.Stop();
}

TEST(RemoteEventTest, ALoopThatHasEndedIsNotTouched) {
  for (int i = 0; i < 50; ++i) {
    auto loop = std::make_unique<EventLoop>("test");
    const auto shared = std::make_shared<Shared>(loop->executor());
    std::promise<void> waits;
    asio::co_spawn(
        loop->context(),
        [shared, &waits]() -> asio::awaitable<void> {
          RemoteEvent::Waiter waiter(shared->done);
          waits.set_value();
          co_await waiter.Wait(SteadyTime::max());
        },
        asio::detached);
    waits.get_future().wait();
    loop.reset();
    Shared::Finish(shared, 7);
  }
}

}  // namespace
}  // namespace flux
