// One reply is read ahead; the next is asked for when that one has been taken, so that a slow reader slows
// flux-service.
#include "gateway/backend/grpc_watch.h"

#include <asio/this_coro.hpp>
#include <mutex>
#include <optional>
#include <utility>

#include "base/remote_event.h"

namespace flux::gateway {
namespace {

// What gRPC touches until the call has ended; the watch, and its loop, may be gone by then.
class WatchCall final : public GrpcWaiter, public std::enable_shared_from_this<WatchCall> {
 public:
  WatchCall(std::shared_ptr<const GrpcLine> line, GrpcQueue& queue) : line_(std::move(line)), queue_(queue) {}

  void Start(const v1::WatchJobRequest& request, const CallContext& from, bool trusted) {
    PrepareCall(from, trusted, context_);
    self_ = shared_from_this();
    reader_ = line_->stub->PrepareAsyncWatchJob(&context_, request, &queue_.events);
    reader_->StartCall(static_cast<GrpcWaiter*>(this));
    queue_.Begun();
  }

  // Nobody asks any more.
  void Abandon() {
    context_.TryCancel();
    const std::lock_guard lock(mutex_);
    waiter_ = nullptr;
    abandoned_ = true;
    if (step_ == Step::kFull) Finish();
    queue_.Begun();
  }

  void OnEvent(bool ok) override {
    std::shared_ptr<WatchCall> last;  // let go of outside of the lock
    const std::lock_guard lock(mutex_);
    if (step_ == Step::kStarting && ok) {
      step_ = Step::kReading;
      reader_->Read(&incoming_, static_cast<GrpcWaiter*>(this));
      return;
    }
    if (step_ == Step::kReading && ok && !abandoned_) {
      step_ = Step::kFull;
    } else if (step_ != Step::kFinishing) {
      return Finish();
    } else {
      step_ = Step::kEnded;
      last = std::move(self_);
    }
    if (waiter_) RemoteEvent::Set(std::exchange(waiter_, nullptr));
  }

  // What there is; nullopt where it has to be waited for, of which `waiter` is then told.
  std::optional<Result<std::optional<v1::WatchJobResponse>>> Take(
      const std::shared_ptr<RemoteEvent>& waiter) {
    const std::lock_guard lock(mutex_);
    if (step_ == Step::kFull) {
      std::optional<v1::WatchJobResponse> taken(std::in_place);
      taken->Swap(&incoming_);
      step_ = Step::kReading;
      reader_->Read(&incoming_, static_cast<GrpcWaiter*>(this));
      queue_.Begun();
      return Result<std::optional<v1::WatchJobResponse>>(std::move(taken));
    }
    if (step_ == Step::kEnded) {
      if (!status_.ok()) return FailureOfCall(status_, /*spends=*/false);
      return Result<std::optional<v1::WatchJobResponse>>(std::optional<v1::WatchJobResponse>());
    }
    waiter_ = waiter;
    return std::nullopt;
  }

  void Forget() {
    const std::lock_guard lock(mutex_);
    waiter_ = nullptr;
  }

 private:
  enum class Step { kStarting, kReading, kFull, kFinishing, kEnded };

  // Under the lock.
  void Finish() {
    step_ = Step::kFinishing;
    reader_->Finish(&status_, static_cast<GrpcWaiter*>(this));
  }

  const std::shared_ptr<const GrpcLine> line_;
  GrpcQueue& queue_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientAsyncReader<v1::WatchJobResponse>> reader_;
  std::shared_ptr<WatchCall> self_;  // while gRPC has it
  std::mutex mutex_;
  // Guarded by mutex_; the message and the status are gRPC's own while it reads or finishes.
  Step step_ = Step::kStarting;
  v1::WatchJobResponse incoming_;
  grpc::Status status_;
  std::shared_ptr<RemoteEvent> waiter_;
  bool abandoned_ = false;
};

class Watch final : public JobWatch {
 public:
  explicit Watch(std::shared_ptr<WatchCall> call) : call_(std::move(call)) {}
  ~Watch() override { call_->Abandon(); }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  asio::awaitable<Result<std::optional<v1::WatchJobResponse>>> Next() override {
    const auto event = std::make_shared<RemoteEvent>(co_await asio::this_coro::executor);
    RemoteEvent::Waiter waiter(*event);
    auto taken = call_->Take(event);
    while (!taken) {
      // gRPC ends the call at its deadline by itself, so the wait for it needs none.
      if (co_await waiter.Wait(SteadyTime::max()) == Event::Outcome::kCancelled) {
        call_->Forget();
        co_return Status(Reason::kCancelled);
      }
      taken = call_->Take(event);
    }
    co_return *std::move(taken);
  }

 private:
  const std::shared_ptr<WatchCall> call_;
};

}  // namespace

std::unique_ptr<JobWatch> StartWatch(std::shared_ptr<const GrpcLine> line, const v1::WatchJobRequest& request,
                                     const CallContext& context, bool trusted, GrpcQueue& queue) {
  auto call = std::make_shared<WatchCall>(std::move(line), queue);
  call->Start(request, context, trusted);
  return std::make_unique<Watch>(std::move(call));
}

}  // namespace flux::gateway
