// Finds who watches the same job, counts places.
#include "gateway/doors/job_watchers.h"

#include <algorithm>
#include <asio/this_coro.hpp>
#include <chrono>
#include <utility>

#include "gateway/doors/watched_job.h"

namespace flux::gateway {
namespace {

// While a coroutine waits; also gone when its frame is destroyed.
class Registration {
 public:
  Registration(WatchedJob& watched, std::shared_ptr<RemoteEvent> waiter)
      : watched_(watched), waiter_(std::move(waiter)) {}
  ~Registration() { watched_.Dismiss(waiter_); }
  Registration(const Registration&) = delete;
  Registration& operator=(const Registration&) = delete;

 private:
  WatchedJob& watched_;
  const std::shared_ptr<RemoteEvent> waiter_;
};

}  // namespace

JobWatcher::~JobWatcher() {
  JobWatchers& owner = watched_->owner();
  {
    const std::lock_guard lock(owner.mutex_);
    if (watched_->Part()) return;
    owner.counters_.watched.fetch_sub(1);
    const auto found = owner.watched_.find(watched_->key());
    if (found != owner.watched_.end() && found->second.lock() == watched_) owner.watched_.erase(found);
  }
  watched_->Stop();
}

asio::awaitable<Event::Outcome> JobWatcher::Changed(SteadyTime until) {
  const auto event = std::make_shared<RemoteEvent>(co_await asio::this_coro::executor);
  RemoteEvent::Waiter waiter(*event);
  if (!watched_->Await(seen_, event)) co_return Event::Outcome::kHappened;
  const Registration registration(*watched_, event);
  const Event::Outcome outcome = co_await waiter.Wait(until);
  if (outcome == Event::Outcome::kHappened) watched_->Await(seen_, event);
  co_return outcome;
}

std::shared_ptr<const v1::Job> JobWatcher::job() const {
  const std::lock_guard lock(watched_->mutex_);
  return watched_->job_;
}

std::optional<Status> JobWatcher::failure() const {
  const std::lock_guard lock(watched_->mutex_);
  return watched_->failure_;
}

std::vector<v1::JobLog> JobWatcher::Logs(std::uint32_t& from, std::size_t most) const {
  const std::lock_guard lock(watched_->mutex_);
  const std::uint32_t end = watched_->logs_end_;
  from = std::max(from, end - static_cast<std::uint32_t>(watched_->logs_.size()));
  std::vector<v1::JobLog> lines;
  for (std::uint32_t number = from; number < end && lines.size() < most; ++number) {
    lines.push_back(watched_->logs_[watched_->logs_.size() - (end - number)]);
  }
  return lines;
}

bool JobWatcher::Leaving() const {
  return watched_->owner().leaving_.load(std::memory_order_relaxed);
}

std::shared_ptr<const std::string> JobWatcher::Text(
    const std::function<std::string(const v1::Job& job, std::uint32_t logs)>& write) {
  const std::lock_guard lock(watched_->mutex_);
  if (watched_->text_ == nullptr) {
    watched_->text_ = std::make_shared<const std::string>(write(*watched_->job_, watched_->logs_end_));
  }
  return watched_->text_;
}

JobWatchers::JobWatchers(FluxBackend& backend, const Clock& clock, JobWatchersOptions options,
                         JobCounters& counters)
    : backend_(backend), clock_(clock), options_(options), counters_(counters) {}

JobWatchers::~JobWatchers() = default;

std::unique_ptr<JobWatcher> JobWatchers::Watch(const asio::any_io_executor& loop, const std::string& id,
                                               const CallContext& context, std::optional<v1::Job> known) {
  std::string key = context.caller + '\n' + id;
  const std::lock_guard lock(mutex_);
  std::weak_ptr<WatchedJob>& entry = watched_[key];
  std::shared_ptr<WatchedJob> watched = entry.lock();
  if (watched == nullptr) {
    watched = std::make_shared<WatchedJob>(*this, loop, std::move(key), id, context, std::move(known));
    entry = watched;
    watched->Start();
    counters_.watched.fetch_add(1);
  } else if (known) {
    watched->Learn(*std::move(known));
  }
  watched->Join();
  return std::make_unique<JobWatcher>(std::move(watched));
}

void JobWatchers::Forget(const std::string& key, const WatchedJob* watched) {
  const std::lock_guard lock(mutex_);
  const auto found = watched_.find(key);
  if (found != watched_.end() && found->second.lock().get() == watched) watched_.erase(found);
}

Result<std::shared_ptr<void>> JobWatchers::TakePlace(const std::string& caller) {
  std::unique_lock lock(mutex_);
  std::uint32_t& own = places_[caller];
  if (own >= options_.most_streams_each) {
    counters_.streams_refused.fetch_add(1);
    Status status(Reason::kConcurrencyLimited, "one caller may watch " +
                                                   std::to_string(options_.most_streams_each) +
                                                   " jobs at a time; end a stream, or ask without one");
    status.retry_after = std::chrono::seconds(5);
    return status;
  }
  if (taken_ >= options_.most_streams) {
    if (own == 0) places_.erase(caller);
    counters_.streams_refused.fetch_add(1);
    Status status(Reason::kOverloaded, "too many jobs are watched here; ask without a stream, or later");
    status.retry_after = std::chrono::seconds(5);
    return status;
  }
  ++own;
  ++taken_;
  lock.unlock();
  counters_.streams.fetch_add(1);
  counters_.streams_open.fetch_add(1);
  return std::shared_ptr<void>(this, [this, caller](void*) { GiveBack(caller); });
}

void JobWatchers::GiveBack(const std::string& caller) {
  counters_.streams_open.fetch_sub(1);
  const std::lock_guard lock(mutex_);
  --taken_;
  const auto own = places_.find(caller);
  if (--own->second == 0) places_.erase(own);
}

void JobWatchers::Leave() {
  leaving_ = true;
  std::vector<std::shared_ptr<WatchedJob>> all;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, entry] : watched_) {
      if (std::shared_ptr<WatchedJob> watched = entry.lock()) all.push_back(std::move(watched));
    }
  }
  for (const std::shared_ptr<WatchedJob>& watched : all) watched->Wake();
}

}  // namespace flux::gateway
