// A completion queue whose events are told on the loop: what sockets tell, what only gRPC knows, and the end.
#include "base/queue_poller.h"

#include <grpcpp/alarm.h>
#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

#include "base/event_loop.h"

namespace flux {
namespace {

using namespace std::chrono_literals;

class QueuePollerTest : public testing::Test {
 protected:
  // Told events are counted, on the loop only.
  void Start(QueuePoller& poller, std::chrono::milliseconds lateness = 60s) {
    poller.Start(
        [this](void*, bool) {
          on_loop_ = on_loop_ && loop_.executor().running_in_this_thread();
          ++told_;
        },
        [this, lateness](SteadyTime) {
          ++looks_;
          return lateness;
        });
  }

  static bool Eventually(const std::function<bool()>& done) {
    const auto deadline = std::chrono::steady_clock::now() + 30s;
    while (!done()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::yield();
    }
    return true;
  }

  static std::chrono::system_clock::time_point Now() { return std::chrono::system_clock::now(); }

  EventLoop loop_{"test"};
  grpc::CompletionQueue queue_;
  std::atomic<int> told_{0};
  std::atomic<int> looks_{0};
  std::atomic<bool> on_loop_{true};
};

TEST_F(QueuePollerTest, WhatWasBegunIsToldOnTheLoopOnceItIsStirred) {
  QueuePoller poller(loop_.context(), queue_, {});
  Start(poller);
  constexpr int kThreads = 4;
  constexpr int kEach = 200;
  std::vector<grpc::Alarm> alarms(kThreads * kEach);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        alarms[static_cast<std::size_t>(t * kEach + i)].Set(&queue_, Now(), nullptr);
        poller.Stir();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(Eventually([this] { return told_ == kThreads * kEach; }));
  EXPECT_TRUE(on_loop_);
  queue_.Shutdown();
  poller.Join();
}

TEST_F(QueuePollerTest, WhatOnlyGrpcKnowsIsToldInTime) {
  QueuePoller poller(loop_.context(), queue_, {});
  Start(poller, 5ms);
  grpc::Alarm alarm;
  alarm.Set(&queue_, Now() + 20ms, nullptr);  // by gRPC's own timer
  EXPECT_TRUE(Eventually([this] { return told_ == 1; }));
  queue_.Shutdown();
  poller.Join();
}

TEST_F(QueuePollerTest, ASocketThatHasSomethingMakesItLookOnce) {
  const int set = ::epoll_create1(EPOLL_CLOEXEC);
  const int socket = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET;
  ::epoll_ctl(set, EPOLL_CTL_ADD, socket, &event);
  std::atomic<int> ready{0};
  QueuePoller poller(loop_.context(), queue_, {set, [set, &ready] {
                                                 epoll_event one{};
                                                 const int count = ::epoll_wait(set, &one, 1, 0);
                                                 ready += count;
                                                 return count;
                                               }});
  Start(poller);
  ASSERT_TRUE(Eventually([this] { return looks_ > 0; }));
  const int before = looks_;
  const std::uint64_t one = 1;
  ASSERT_EQ(::write(socket, &one, sizeof one), static_cast<ssize_t>(sizeof one));
  EXPECT_TRUE(Eventually([&] { return looks_ > before; }));
  EXPECT_EQ(ready, 1);
  queue_.Shutdown();
  poller.Join();
  ::close(socket);
  ::close(set);
}

TEST_F(QueuePollerTest, TheQueueIsEmptiedWhereNothingWasStarted) {
  QueuePoller poller(loop_.context(), queue_, {});
  grpc::Alarm alarm;
  alarm.Set(&queue_, Now(), nullptr);
  queue_.Shutdown();
  poller.Join();
}

TEST_F(QueuePollerTest, WhatIsLeftIsToldWhereTheLoopHasEnded) {
  QueuePoller poller(loop_.context(), queue_, {});
  Start(poller);
  ASSERT_TRUE(Eventually([this] { return looks_ > 0; }));
  loop_.Stop();
  grpc::Alarm alarm;
  alarm.Set(&queue_, Now() + 20ms, nullptr);
  queue_.Shutdown();
  on_loop_ = true;
  poller.Join();
  EXPECT_EQ(told_, 1);
}

}  // namespace
}  // namespace flux
