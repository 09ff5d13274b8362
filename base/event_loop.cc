// Starts and joins the loop's thread.
#include "base/event_loop.h"

#include <pthread.h>
#include <sched.h>

#include <algorithm>

namespace flux {

EventLoop::EventLoop(std::string name) {
  thread_ = std::thread([this, name = std::move(name)] {
    pthread_setname_np(pthread_self(), name.c_str());
    context_.run();
  });
}

void EventLoop::Stop() {
  if (!thread_.joinable()) return;
  work_.reset();
  context_.stop();
  thread_.join();
}

unsigned UsableCores() {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  if (sched_getaffinity(0, sizeof cores, &cores) != 0)
    return std::max(std::thread::hardware_concurrency(), 1U);
  return static_cast<unsigned>(std::max(CPU_COUNT(&cores), 1));
}

EventLoops::EventLoops(const std::string& name, unsigned count) {
  for (unsigned i = 0; i < count; ++i)
    loops_.push_back(std::make_unique<EventLoop>(name + std::to_string(i)));
}

void EventLoops::Stop() {
  for (const auto& loop : loops_) loop->Stop();
}

std::vector<asio::io_context*> EventLoops::contexts() {
  std::vector<asio::io_context*> contexts;
  for (const auto& loop : loops_) contexts.push_back(&loop->context());
  return contexts;
}

}  // namespace flux
