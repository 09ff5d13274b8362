// A queue of connections and the threads that serve them. A thread is started when all others are busy, and
// then kept.
#include "sim/http/task_pool.h"

#include <system_error>

namespace flux::sim {

TaskPool::Taken TaskPool::enqueue(std::function<void()> task) {
  const std::lock_guard lock(mutex_);
  tasks_.push_back(std::move(task));
  // Idle threads that were woken for earlier tasks still count as idle, but so do those tasks.
  if (tasks_.size() > idle_ && threads_.size() < most_threads_) {
    try {
      threads_.emplace_back([this] { Work(); });
    } catch (const std::system_error&) {
      if (threads_.empty()) throw;  // nobody would ever come
    }
  }
  changed_.notify_one();
  return static_cast<Taken>(true);
}

void TaskPool::shutdown() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void TaskPool::Work() {
  std::unique_lock lock(mutex_);
  while (true) {
    ++idle_;
    changed_.wait(lock, [this] { return stopped_ || !tasks_.empty(); });
    --idle_;
    if (tasks_.empty()) return;
    const std::function<void()> task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    task();
    lock.lock();
  }
}

}  // namespace flux::sim
