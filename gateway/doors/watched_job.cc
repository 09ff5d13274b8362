// Watches, and watches again, until the job is over or nobody waits.
#include "gateway/doors/watched_job.h"

#include <algorithm>
#include <asio/bind_cancellation_slot.hpp>
#include <asio/co_spawn.hpp>
#include <asio/post.hpp>
#include <asio/this_coro.hpp>
#include <chrono>
#include <exception>
#include <utility>

#include "gateway/doors/job_failure.h"

namespace flux::gateway {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstPause{100};
constexpr milliseconds kLongestPause{2'000};
// Less than the age at which flux-service ends connections, so that none is held up by who watches.
constexpr std::chrono::seconds kLongestCall{120};
// What a log may hold: models write a line for each step.
constexpr std::size_t kMostLines = 2'000;
constexpr std::size_t kMostLogBytes = 256 * 1024;

}  // namespace

WatchedJob::WatchedJob(JobWatchers& owner, asio::any_io_executor loop, std::string key, std::string id,
                       const CallContext& context, std::optional<v1::Job> known)
    : owner_(owner), loop_(std::move(loop)), key_(std::move(key)), id_(std::move(id)), context_(context) {
  context_.retry = 0;
  if (known) job_ = std::make_shared<const v1::Job>(*std::move(known));
}

void WatchedJob::Start() {
  if (job_ != nullptr && IsOver(*job_)) return;
  listening_ = true;
  asio::post(loop_, [self = shared_from_this()] {
    // The handler keeps the signal alive for as long as the coroutine may look at its slot.
    asio::co_spawn(
        self->loop_, Listen(self),
        asio::bind_cancellation_slot(self->cancel_.slot(), [self](const std::exception_ptr& thrown) {
          if (thrown) self->Fail(Status(Reason::kInternal));
        }));
  });
}

void WatchedJob::Learn(v1::Job known) {
  const std::lock_guard lock(mutex_);
  if (job_ == nullptr) job_ = std::make_shared<const v1::Job>(std::move(known));
}

bool WatchedJob::IsKnown() const {
  const std::lock_guard lock(mutex_);
  return job_ != nullptr;
}

void WatchedJob::Stop() {
  if (!listening_) return;
  stopped_ = true;
  asio::post(loop_, [self = shared_from_this()] { self->cancel_.emit(asio::cancellation_type::terminal); });
}

asio::awaitable<void> WatchedJob::Listen(std::shared_ptr<WatchedJob> self) {
  co_await asio::this_coro::throw_if_cancelled(false);
  milliseconds pause = kFirstPause;
  for (;;) {
    bool heard = false;
    const bool again = !self->stopped_ && co_await self->Hear(heard);
    if (!again || self->stopped_) co_return;
    if (heard) pause = kFirstPause;
    Event never(self->loop_);
    if (co_await never.Wait(std::chrono::steady_clock::now() + pause) == Event::Outcome::kCancelled)
      co_return;
    pause = std::min(2 * pause, kLongestPause);
    self->owner_.counters_.watches_renewed.fetch_add(1);
  }
}

asio::awaitable<bool> WatchedJob::Hear(bool& heard) {
  context_.deadline = std::chrono::steady_clock::now() + kLongestCall;
  const std::unique_ptr<JobWatch> watch = owner_.backend_.WatchJob(id_, logs_end_, context_);
  for (;;) {
    Result<std::optional<v1::WatchJobResponse>> word = co_await watch->Next();
    if (word && *word) {
      heard = true;
      const bool over = IsOver((*word)->job());
      Take(**std::move(word));
      if (over || stopped_) co_return false;
      continue;
    }
    if (word) {
      const bool known = IsKnown();
      if (!known) Fail(Status(Reason::kServiceUnavailable));
      co_return known;
    }
    if (MayPass(word.error().reason) && IsKnown()) co_return true;
    if (word.error().reason != Reason::kCancelled) Fail(std::move(word).error());
    co_return false;
  }
}

void WatchedJob::Take(v1::WatchJobResponse response) {
  {
    const std::lock_guard lock(mutex_);
    job_ = std::make_shared<const v1::Job>(std::move(*response.mutable_job()));
    // Whoever drives the job now may have another log than who did before.
    const auto lines = static_cast<std::uint32_t>(response.logs_size());
    logs_end_ = std::max(response.logs_seen(), logs_end_ + lines);
    for (v1::JobLog& line : *response.mutable_logs()) {
      log_bytes_ += line.message().size();
      logs_.push_back(std::move(line));
    }
    while (logs_.size() > kMostLines || (log_bytes_ > kMostLogBytes && logs_.size() > 1)) {
      log_bytes_ -= logs_.front().message().size();
      logs_.pop_front();
    }
  }
  Wake();
}

void WatchedJob::Fail(Status status) {
  {
    const std::lock_guard lock(mutex_);
    if (failure_) return;
    failure_ = std::move(status);
  }
  // Whoever comes later asks anew.
  owner_.Forget(key_, this);
  Wake();
}

void WatchedJob::Wake() {
  std::unordered_set<std::shared_ptr<RemoteEvent>> waiting;
  {
    const std::lock_guard lock(mutex_);
    ++version_;
    waiting.swap(waiting_);
  }
  for (const std::shared_ptr<RemoteEvent>& waiter : waiting) RemoteEvent::Set(waiter);
}

bool WatchedJob::Await(std::uint64_t& seen, const std::shared_ptr<RemoteEvent>& waiter) {
  const std::lock_guard lock(mutex_);
  if (seen != version_) {
    seen = version_;
    return false;
  }
  waiting_.insert(waiter);
  return true;
}

void WatchedJob::Dismiss(const std::shared_ptr<RemoteEvent>& waiter) {
  const std::lock_guard lock(mutex_);
  waiting_.erase(waiter);
}

}  // namespace flux::gateway
