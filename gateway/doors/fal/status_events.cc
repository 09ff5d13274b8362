// Compares with what was told, tells, waits for a change.
#include "gateway/doors/fal/status_events.h"

#include <asio/error.hpp>
#include <chrono>
#include <optional>
#include <system_error>
#include <utility>

#include "base/event.h"

namespace flux::gateway {
namespace {

constexpr std::chrono::seconds kHeartbeat{10};

}  // namespace

StatusEvents::StatusEvents(std::unique_ptr<JobWatcher> watcher, std::shared_ptr<void> place,
                           const Clock& clock, QueueUrls urls, bool logs)
    : watcher_(std::move(watcher)),
      place_(std::move(place)),
      clock_(clock),
      urls_(std::move(urls)),
      logs_(logs) {}

asio::awaitable<std::string> StatusEvents::Next() {
  if (over_) co_return std::string();
  const SteadyTime silent_until = std::chrono::steady_clock::now() + kHeartbeat;
  for (;;) {
    const std::shared_ptr<const v1::Job> job = watcher_->job();
    const std::optional<Status> failure = watcher_->failure();
    std::optional<LogLines> lines;
    if (logs_) lines = LinesOf(*watcher_);
    QueueStatus status = RenderStatus(*job, urls_, lines ? &*lines : nullptr, clock_.WallNow());
    over_ = status.completed;
    if (status.json != told_) {
      told_ = std::move(status.json);
      co_return "data: " + told_ + "\n\n";
    }
    if (over_) co_return std::string();
    if (failure) {
      over_ = true;  // it is forgotten, or nobody here may see it any more
      co_return std::string(": gone\n\n");
    }
    const Event::Outcome outcome = co_await watcher_->Changed(silent_until);
    if (outcome == Event::Outcome::kDeadline) co_return std::string(": still there\n\n");
    if (outcome == Event::Outcome::kCancelled) throw std::system_error(asio::error::operation_aborted);
  }
}

}  // namespace flux::gateway
