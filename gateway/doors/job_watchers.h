// JobWatchers: who waits for a job. All who wait for the same one here share one call to flux-service, and
// one copy of what it says: however many they are, and however large the result is.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/event.h"
#include "base/result.h"
#include "flux/v1/jobs.pb.h"
#include "gateway/backend/flux_backend.h"
#include "gateway/doors/job_counters.h"

namespace flux::gateway {

struct JobWatchersOptions {
  std::uint32_t most_streams = 10'000;      // of events, at a time
  std::uint32_t most_streams_each = 1'000;  // of one caller
};

class WatchedJob;

// One who waits. Belongs to one loop.
class JobWatcher {
 public:
  explicit JobWatcher(std::shared_ptr<WatchedJob> watched) : watched_(std::move(watched)) {}
  ~JobWatcher();
  JobWatcher(const JobWatcher&) = delete;
  JobWatcher& operator=(const JobWatcher&) = delete;

  // Waits until there is something that was not there at the last call, or nobody here is to wait any more.
  asio::awaitable<Event::Outcome> Changed(SteadyTime until);

  // The job as it is known now; null before flux-service has said anything.
  std::shared_ptr<const v1::Job> job() const;
  // Why nothing more will be heard, though the job is not over.
  std::optional<Status> failure() const;
  // Its log lines from this number on, the first being 0; at most so many. Those that are gone are left out:
  // `from` becomes the number of the first that is told.
  std::vector<v1::JobLog> Logs(std::uint32_t& from, std::size_t most) const;
  // Whether whoever waits here should come again, and will find another server: this one is about to stop.
  bool Leaving() const;
  // What `write` makes of the job, which is over; made once for all who wait.
  std::shared_ptr<const std::string> Text(
      const std::function<std::string(const v1::Job& job, std::uint32_t logs)>& write);

 private:
  const std::shared_ptr<WatchedJob> watched_;
  std::uint64_t seen_ = 0;
};

// Thread-safe.
class JobWatchers {
 public:
  // Borrowed, like the counters.
  JobWatchers(FluxBackend& backend, const Clock& clock, JobWatchersOptions options, JobCounters& counters);
  ~JobWatchers();
  JobWatchers(const JobWatchers&) = delete;
  JobWatchers& operator=(const JobWatchers&) = delete;

  // Follows the job of this id, of the context's caller, for as long as the watcher is there. A connection to
  // flux-service that is lost is made again. `known`: the job, where its caller has just seen it, and job()
  // is never null; without it, what flux-service says to the first question may be a failure.
  std::unique_ptr<JobWatcher> Watch(const asio::any_io_executor& loop, const std::string& id,
                                    const CallContext& context, std::optional<v1::Job> known = std::nullopt);

  // A place among the streams; given back when it is destroyed. CONCURRENCY_LIMITED, OVERLOADED.
  Result<std::shared_ptr<void>> TakePlace(const std::string& caller);

  // Whoever waits is woken: JobWatcher::Leaving.
  void Leave();

 private:
  friend class JobWatcher;
  friend class WatchedJob;

  void Forget(const std::string& key, const WatchedJob* watched);
  void GiveBack(const std::string& caller);

  FluxBackend& backend_;
  const Clock& clock_;
  const JobWatchersOptions options_;
  JobCounters& counters_;
  std::atomic<bool> leaving_{false};
  std::mutex mutex_;
  std::map<std::string, std::weak_ptr<WatchedJob>> watched_;  // guarded by mutex_; by caller and id
  std::map<std::string, std::uint32_t> places_;               // guarded by mutex_; by caller
  std::uint32_t taken_ = 0;                                   // guarded by mutex_
};

}  // namespace flux::gateway
