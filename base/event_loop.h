// EventLoop: one io_context and the one thread that runs it. Code on the loop needs no locks.
#pragma once

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace flux {

// Runs from construction to Stop(). Everything that lives on the loop must be gone, or cancelled, before
// Stop().
class EventLoop {
 public:
  // `name` is the thread's name, at most 15 bytes.
  explicit EventLoop(std::string name);
  ~EventLoop() { Stop(); }
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  asio::io_context& context() { return context_; }
  asio::io_context::executor_type executor() { return context_.get_executor(); }

  // Ends the thread and waits for it; what is still pending on the loop is destroyed with the loop.
  // Idempotent.
  void Stop();

 private:
  asio::io_context context_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
  std::thread thread_;
};

// How many cores this process may use: 1 or more.
unsigned UsableCores();

// Several loops, one thread each.
class EventLoops {
 public:
  // Threads are called `name`0, `name`1, …; `count` is 1 or more.
  EventLoops(const std::string& name, unsigned count);
  ~EventLoops() { Stop(); }
  EventLoops(const EventLoops&) = delete;
  EventLoops& operator=(const EventLoops&) = delete;

  // Ends all threads and waits for them. Idempotent.
  void Stop();

  std::vector<asio::io_context*> contexts();

 private:
  std::vector<std::unique_ptr<EventLoop>> loops_;
};

}  // namespace flux
