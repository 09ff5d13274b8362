// The loop waits for a set of sockets as for one descriptor, and asks gRPC without waiting.
#include "base/queue_poller.h"

#include <fcntl.h>
#include <grpc/support/time.h>

#include <algorithm>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <utility>

namespace flux {
namespace {

// Events that are told before others on the loop have their turn.
constexpr int kAtOnce = 64;
// How often gRPC is asked where its sockets cannot be waited for.
constexpr std::chrono::milliseconds kBlind{1};

}  // namespace

// Shared with what waits on the loop.
class QueuePoller::State : public std::enable_shared_from_this<State> {
 public:
  State(asio::io_context& loop, grpc::CompletionQueue& queue, QueueSockets sockets)
      : loop_(loop), queue_(queue), count_(std::move(sockets.count)), sockets_(loop), timer_(loop) {
    const int own = sockets.descriptor < 0 ? -1 : ::fcntl(sockets.descriptor, F_DUPFD_CLOEXEC, 0);
    if (own >= 0) sockets_.assign(own);
  }

  void Start(OnEvent on_event, AfterLook after_look) {
    on_event_ = std::move(on_event);
    after_look_ = std::move(after_look);
    started_ = true;
    asio::post(loop_, [self = shared_from_this()] {
      if (self->sockets_.is_open()) self->AwaitSockets();
      self->Look();
    });
  }

  void Stir() {
    if (IsHere() && looking_) return;  // it looks until nothing is left
    if (stirred_.exchange(true)) return;
    asio::post(loop_, [self = shared_from_this()] { self->Look(); });
  }

  bool IsHere() const { return loop_.get_executor().running_in_this_thread(); }

  void Join() {
    if (!started_) {
      void* tag = nullptr;
      bool ok = false;
      while (queue_.Next(&tag, &ok)) {
      }
      return;
    }
    Stir();
    std::unique_lock lock(mutex_);
    while (!over_.wait_for(lock, kPatience, [this] { return ended_; })) {
      if (!loop_.stopped()) continue;
      lock.unlock();
      Look();
      lock.lock();
    }
  }

 private:
  static constexpr std::chrono::milliseconds kPatience{10};

  void AwaitSockets() {
    sockets_.async_wait(asio::posix::stream_descriptor::wait_read,
                        [self = shared_from_this()](const asio::error_code& error) {
                          if (error || self->ended_) return;
                          self->due_ += self->count_();
                          self->Look();
                          self->AwaitSockets();
                        });
  }

  // Asks until there is nothing left. Whenever gRPC answers that there is no event it has looked at one
  // socket at most; and once at none, where something was begun or another thread has told it of an event.
  void Look() {
    if (ended_) return;
    stirred_ = false;
    looking_ = true;
    int told = 0;
    int nothing = 0;
    while (nothing <= due_ && told < kAtOnce) {
      void* tag = nullptr;
      bool ok = false;
      const auto status = queue_.AsyncNext(&tag, &ok, gpr_inf_past(GPR_CLOCK_MONOTONIC));
      if (status == grpc::CompletionQueue::SHUTDOWN) return End();
      if (status == grpc::CompletionQueue::GOT_EVENT) {
        ++told;
        on_event_(tag, ok);
      } else {
        ++nothing;
      }
    }
    looking_ = false;
    if (told == kAtOnce) {
      Stir();
    } else {
      due_ = 0;
    }
    const SteadyTime now = std::chrono::steady_clock::now();
    std::chrono::milliseconds patience = after_look_(now);
    if (!sockets_.is_open()) patience = std::min(patience, kBlind);
    if (now + patience < next_ || next_ <= now) AwaitTime(now + patience);
  }

  void AwaitTime(SteadyTime next) {
    next_ = next;
    timer_.expires_at(next);
    timer_.async_wait([self = shared_from_this()](const asio::error_code& error) {
      if (!error) self->Look();
    });
  }

  void End() {
    looking_ = false;
    timer_.cancel();
    sockets_.close();
    const std::lock_guard lock(mutex_);
    ended_ = true;
    over_.notify_all();
  }

  asio::io_context& loop_;
  grpc::CompletionQueue& queue_;
  const std::function<int()> count_;
  OnEvent on_event_;
  AfterLook after_look_;
  bool started_ = false;
  std::atomic<bool> stirred_{false};  // a look is in the loop's queue

  // The loop's own.
  asio::posix::stream_descriptor sockets_;
  asio::steady_timer timer_;
  SteadyTime next_ = SteadyTime::max();  // when it fires
  int due_ = 0;                          // sockets that gRPC may have to look at
  bool looking_ = false;

  std::mutex mutex_;
  std::condition_variable over_;
  bool ended_ = false;  // written on the loop, under the mutex
};

QueuePoller::QueuePoller(asio::io_context& loop, grpc::CompletionQueue& queue, QueueSockets sockets)
    : state_(std::make_shared<State>(loop, queue, std::move(sockets))) {}

QueuePoller::~QueuePoller() = default;

void QueuePoller::Start(OnEvent on_event, AfterLook after_look) {
  state_->Start(std::move(on_event), std::move(after_look));
}

void QueuePoller::Stir() {
  state_->Stir();
}

void QueuePoller::StirHere() {
  if (state_->IsHere()) state_->Stir();
}

void QueuePoller::Join() {
  state_->Join();
}

}  // namespace flux
