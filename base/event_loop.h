// EventLoop: one io_context and the one thread that runs it. Code on the loop needs no locks.
#pragma once

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <string>
#include <thread>

namespace flux {

// Runs from construction to Stop(). Everything that lives on the loop must be gone, or cancelled, before Stop().
class EventLoop {
 public:
  // `name` is the thread's name, at most 15 bytes.
  explicit EventLoop(std::string name);
  ~EventLoop() { Stop(); }
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  asio::io_context& context() { return context_; }
  asio::io_context::executor_type executor() { return context_.get_executor(); }

  // Ends the thread and waits for it; what is still pending on the loop is destroyed with the loop. Idempotent.
  void Stop();

 private:
  asio::io_context context_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
  std::thread thread_;
};

}  // namespace flux
