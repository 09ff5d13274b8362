// Slots by Slots, turns by FairQueue; here is who waits how long, and what those hear who waited in vain.
#include "service/wire/governor.h"

#include <absl/time/time.h>

#include <algorithm>
#include <asio/cancellation_state.hpp>
#include <asio/this_coro.hpp>
#include <string>

namespace flux::fal {
namespace {

// Cancellation reaches a coroutine only while it waits. One that comes between the end of a wait and the
// resumption is found here: nothing is bought for a caller who left.
asio::awaitable<bool> Cancelled() {
  const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
  co_return state.cancelled() != asio::cancellation_type::none;
}

}  // namespace

// A call in the queue; leaves it, or gives back what it did not take, however its coroutine ends.
struct Governor::Waiter {
  explicit Waiter(Governor& from) : governor(from), served(from.loop_) {}
  ~Waiter() {
    if (!served.happened()) {
      governor.queue_.Remove(place);
      governor.Report();
    } else if (!taken) {
      governor.Release();
    }
  }
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  Governor& governor;
  Event served;
  FairQueue<Waiter*>::Place place;
  bool taken = false;
};

// A call that has lent its slot to others until its resend. Unless Back() says that it has another, it holds
// one again by destruction, even beyond the limit: its owner is about to give that back.
class Governor::Resting {
 public:
  explicit Resting(Governor& governor) : governor_(governor) {
    ++governor_.resting_;
    governor_.Release();
  }
  ~Resting() {
    WakeUp();
    if (!back_) governor_.slots_.TakeAnyway();
  }
  Resting(const Resting&) = delete;
  Resting& operator=(const Resting&) = delete;

  void WakeUp() {
    if (resting_) --governor_.resting_;
    resting_ = false;
  }
  void Back() { back_ = true; }

 private:
  Governor& governor_;
  bool resting_ = true;
  bool back_ = false;
};

Governor::Governor(asio::any_io_executor loop, GovernorOptions options, const Clock& clock,
                   std::shared_ptr<Metrics> metrics)
    : loop_(std::move(loop)),
      options_(options),
      clock_(clock),
      metrics_(std::move(metrics)),
      slots_(options.max_concurrency, clock) {
  Report();
}

asio::awaitable<Result<Governor::Slot>> Governor::Admit(const FalCall& call) {
  if (slots_.Take()) {
    Report();
    metrics_->Served({});
    co_return Slot(shared_from_this(), 0, {});
  }
  if (Full()) {
    metrics_->Left(Metrics::Unserved::kFull);
    co_return Overloaded(std::to_string(options_.queue_length) + " calls already wait for fal");
  }
  const auto self = shared_from_this();
  const auto position = static_cast<std::uint32_t>(queue_.size());
  const SteadyTime arrived = clock_.Now();
  const SteadyTime patience = arrived + options_.queue_wait;
  const SteadyTime useful = call.deadline - kShortestExchange;
  const Event::Outcome outcome = co_await Enter(call.caller, false, std::min(patience, useful));
  if (outcome == Event::Outcome::kHappened) {
    last_wait_ = clock_.Now() - arrived;
    metrics_->Served(last_wait_);
    co_return Slot(self, position, last_wait_);
  }
  if (outcome == Event::Outcome::kCancelled) {
    metrics_->Left(Metrics::Unserved::kCancelled);
    co_return Status(Reason::kCancelled);
  }
  if (useful <= patience) {
    metrics_->Left(Metrics::Unserved::kDeadline);
    co_return Status(Reason::kDeadlineExceeded, "Time ran out while the call waited for its turn at fal.");
  }
  metrics_->Left(Metrics::Unserved::kWait);
  co_return Overloaded("The call's turn at fal did not come within " +
                       absl::FormatDuration(absl::FromChrono(options_.queue_wait)));
}

asio::awaitable<Throttle::Verdict> Governor::Pause(const FalCall& call, SteadyTime resume) {
  if (co_await Cancelled()) co_return Verdict::kCancelled;
  if (Full()) co_return Verdict::kGiveUp;
  const auto self = shared_from_this();
  Resting resting(*this);
  Event never(loop_);
  Event::Outcome outcome = co_await never.Wait(resume);
  resting.WakeUp();
  if (outcome == Event::Outcome::kDeadline) {
    outcome = co_await Enter(call.caller, true, call.deadline - kShortestExchange);
  }
  if (outcome == Event::Outcome::kDeadline) co_return Verdict::kGiveUp;
  if (outcome == Event::Outcome::kCancelled) co_return Verdict::kCancelled;
  resting.Back();
  co_return Verdict::kGo;
}

asio::awaitable<Event::Outcome> Governor::Enter(const std::string& caller, bool again, SteadyTime until) {
  Waiter waiter(*this);
  if (slots_.Take()) {
    waiter.served.Set();
  } else {
    waiter.place = queue_.Push(caller, &waiter, again);
  }
  Report();
  Event::Outcome outcome = co_await waiter.served.Wait(until);
  if (outcome == Event::Outcome::kHappened && co_await Cancelled()) outcome = Event::Outcome::kCancelled;
  waiter.taken = outcome == Event::Outcome::kHappened;
  co_return outcome;
}

void Governor::Release() {
  slots_.Release();
  Serve();
  Report();
}

void Governor::Serve() {
  while (!queue_.empty() && slots_.Take()) queue_.Pop()->served.Set();
}

void Governor::Report() {
  metrics_->Slots(slots_.limit(), slots_.in_use());
  metrics_->Waiting(queue_.size() + resting_);
}

Status Governor::Overloaded(std::string limit) const {
  Status status(Reason::kServiceOverloaded, std::move(limit) + "; nothing was sent.");
  // What the last one had to wait is what the next one has to expect.
  status.retry_after = std::max(std::chrono::ceil<std::chrono::seconds>(last_wait_), std::chrono::seconds(1));
  return status;
}

}  // namespace flux::fal
