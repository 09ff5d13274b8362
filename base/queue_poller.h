// QueuePoller: polls a completion queue of gRPC's on an event loop, so that what gRPC tells is done by the
// thread that has heard it, and no other thread is woken for it. The loop sleeps in its own wait, not in
// gRPC's: it asks gRPC when one of gRPC's sockets has something, when something was begun, and now and then,
// since nobody tells of what gRPC's own timers end.
#pragma once

#include <grpcpp/completion_queue.h>

#include <asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>

#include "base/clock.h"

namespace flux {

// Where gRPC's sockets can be waited for.
struct QueueSockets {
  // Can be read where one of them has something; an epoll set. -1: there is none, and gRPC is asked every
  // millisecond instead. Borrowed until the poller has been made.
  int descriptor = -1;
  // How many of them may have something. Called on the loop when the descriptor can be read.
  std::function<int()> count;
};

// Thread-safe but for the order Start, Join.
class QueuePoller {
 public:
  // One event of the queue.
  using OnEvent = std::function<void(void* tag, bool ok)>;
  // Called after each look at the queue. Returns when the next one is due at the latest.
  using AfterLook = std::function<std::chrono::milliseconds(SteadyTime now)>;

  // Borrows the loop and the queue.
  QueuePoller(asio::io_context& loop, grpc::CompletionQueue& queue, QueueSockets sockets);
  ~QueuePoller();
  QueuePoller(const QueuePoller&) = delete;
  QueuePoller& operator=(const QueuePoller&) = delete;

  // From now on both are called, on the loop.
  void Start(OnEvent on_event, AfterLook after_look);

  // Something was begun or changed that gRPC may have to tell of: it is asked as soon as the loop is free.
  void Stir();
  // The same, but on the loop itself only; elsewhere the next look is soon enough.
  void StirHere();

  // Waits until the queue, which was shut down or will be, has told everything. Nothing is called any more
  // then. The loop runs, or has ended: then what is left is told here.
  void Join();

 private:
  class State;
  const std::shared_ptr<State> state_;
};

}  // namespace flux
