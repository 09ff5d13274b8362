// TaskPool: the threads that serve the simulator's connections. The library's own pool starts all of its
// threads at once; this one starts a thread when a connection finds none free, so that its limit may be far
// above what is ever needed.
#pragma once

#include <httplib.h>

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace flux::sim {

// Thread-safe. Threads end with shutdown() only.
class TaskPool final : public httplib::TaskQueue {
 public:
  // Newer versions of the library want to hear whether a task was taken; it always is.
  using Taken = decltype(std::declval<httplib::TaskQueue&>().enqueue(nullptr));

  explicit TaskPool(std::size_t most_threads) : most_threads_(most_threads) {}

  // Beyond `most_threads`, or when the system has no more threads, the task waits for one that ends.
  Taken enqueue(std::function<void()> task) override;
  // Runs what waits, then joins. No enqueue() after it.
  void shutdown() override;

 private:
  void Work();

  const std::size_t most_threads_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> tasks_;  // guarded by mutex_, as all below
  std::vector<std::thread> threads_;
  std::size_t idle_ = 0;
  bool stopped_ = false;
};

}  // namespace flux::sim
