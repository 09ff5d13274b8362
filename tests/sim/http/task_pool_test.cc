// Threads that are made as they are needed, up to a limit.
#include "sim/http/task_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <set>

namespace flux::sim {
namespace {

TEST(TaskPoolTest, TasksRunAtTheSameTimeUpToTheLimit) {
  TaskPool pool(8);
  std::latch all(8);  // opens only when all eight wait at once
  for (int i = 0; i < 8; ++i) pool.enqueue([&all] { all.arrive_and_wait(); });
  pool.shutdown();
  EXPECT_TRUE(all.try_wait());
}

TEST(TaskPoolTest, MoreTasksThanThreadsAllRun) {
  TaskPool pool(3);
  std::atomic<int> running = 0, most = 0, done = 0;
  for (int i = 0; i < 500; ++i) {
    pool.enqueue([&] {
      const int now = ++running;
      int seen = most;
      while (seen < now && !most.compare_exchange_weak(seen, now)) {
      }
      --running;
      ++done;
    });
  }
  pool.shutdown();
  EXPECT_EQ(done, 500);
  EXPECT_LE(most, 3);
}

TEST(TaskPoolTest, AFreeThreadIsTakenBeforeANewOneIsStarted) {
  TaskPool pool(200);
  std::set<std::thread::id> threads;
  for (int i = 0; i < 200; ++i) {
    std::latch done(1);
    pool.enqueue([&] {
      threads.insert(std::this_thread::get_id());
      done.count_down();
    });
    done.wait();
  }
  // One, but for those started while another was on its way back.
  EXPECT_LE(threads.size(), 20U);
  pool.shutdown();
}

TEST(TaskPoolTest, ShutsDownUnused) {
  TaskPool pool(4);
  pool.shutdown();
}

}  // namespace
}  // namespace flux::sim
