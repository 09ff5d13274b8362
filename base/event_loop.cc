// Starts and joins the loop's thread.
#include "base/event_loop.h"

#include <pthread.h>

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

}  // namespace flux
