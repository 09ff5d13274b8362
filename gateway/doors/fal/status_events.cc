// Looks, compares with what was told, waits.
#include "gateway/doors/fal/status_events.h"

#include <algorithm>
#include <asio/error.hpp>
#include <asio/this_coro.hpp>
#include <chrono>
#include <system_error>
#include <utility>

#include "base/event.h"

namespace flux::gateway {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kFirstPause{200};
constexpr milliseconds kLongestPause{2'000};
constexpr seconds kHeartbeat{10};
constexpr seconds kLookTime{10};

}  // namespace

StatusEvents::StatusEvents(FluxBackend& backend, const Clock& clock, CallContext context, v1::Job job,
                           QueueUrls urls, bool logs)
    : backend_(backend),
      clock_(clock),
      context_(std::move(context)),
      job_(std::move(job)),
      urls_(std::move(urls)),
      logs_(logs),
      begun_(clock.Now()) {}

asio::awaitable<std::string> StatusEvents::Next() {
  if (over_) co_return std::string();
  const SteadyTime heartbeat = clock_.Now() + kHeartbeat;
  for (;;) {
    QueueStatus status = RenderStatus(job_, urls_, logs_, clock_.WallNow());
    over_ = status.completed;
    if (status.json != told_) {
      told_ = std::move(status.json);
      co_return "data: " + told_ + "\n\n";
    }
    if (over_) co_return std::string();
    const SteadyTime now = clock_.Now();
    if (now >= heartbeat) co_return std::string(": still there\n\n");
    const milliseconds pause =
        std::clamp(std::chrono::duration_cast<milliseconds>(now - begun_) / 10, kFirstPause, kLongestPause);
    Event never(co_await asio::this_coro::executor);
    const Event::Outcome outcome = co_await never.Wait(std::chrono::steady_clock::now() + pause);
    if (outcome == Event::Outcome::kCancelled) throw std::system_error(asio::error::operation_aborted);
    context_.deadline = clock_.Now() + kLookTime;
    Result<v1::Job> job = co_await backend_.GetJob(job_.id(), context_);
    if (job) {
      job_ = *std::move(job);
    } else if (job.error().reason == Reason::kCancelled) {
      throw std::system_error(asio::error::operation_aborted);
    } else if (job.error().reason == Reason::kUnknownJob) {
      over_ = true;  // it is forgotten
      co_return std::string(": gone\n\n");
    }
  }
}

}  // namespace flux::gateway
