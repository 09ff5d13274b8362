// JobWatches: whoever follows a job is told what it is like now, and then each change, as fast as they take
// it. What a watcher has not taken yet is told as one: nothing is queued for anybody.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/status.h"
#include "flux/v1/jobs.pb.h"
#include "service/jobs/jobs_metrics.h"
#include "service/purchase/kept.h"

namespace flux::service {

// Who follows a job: the other end of a stream. Called on the loop.
class JobWatcher {
 public:
  virtual ~JobWatcher() = default;
  // Sends a serialized flux.v1.WatchJobResponse, shared with other watchers; `last`: and ends well. `taken`
  // is called once it can take another, on any thread; not where it has left. False: there is no room for it
  // now, and nothing was sent.
  virtual bool Send(std::shared_ptr<const std::string> reply, bool last, std::function<void()> taken) = 0;
  // Ends it.
  virtual void End(const Status& why) = 0;
};

struct WatchesOptions {
  // How often a job is looked at that another process drives, at first and at most. The store tells of its
  // changes; this is for what it may not have told.
  std::chrono::milliseconds first_look{1'000};
  std::chrono::milliseconds longest_look{15'000};
  std::chrono::milliseconds beat{250};
  std::size_t looks_per_beat = 50;  // of all jobs together
};

// Lives on the loop; borrows its parts, which outlive it. Takes OnJobChange of `kept`.
class JobWatches {
 public:
  JobWatches(asio::any_io_executor loop, KeptPurchases& kept, JobsMetrics& metrics,
             WatchesOptions options = {});
  ~JobWatches();
  JobWatches(const JobWatches&) = delete;
  JobWatches& operator=(const JobWatches&) = delete;

  // Begins to tell `watcher` of a job, whose first `logs_seen` lines of log it has. It is ended with
  // UNKNOWN_JOB where there is no such job of this caller (any more), and after what a job has come to.
  void Watch(std::shared_ptr<JobWatcher> watcher, const std::string& id, std::string caller,
             std::uint32_t logs_seen);

  // It has left.
  void Leave(const JobWatcher& watcher, const std::string& id);

  // Ends all watches, and each that is still to come, with SERVICE_UNAVAILABLE: others can go on with them.
  // Any thread, before the loop stops.
  void EndAll();

  // Who follows now.
  std::size_t watching() const { return watching_; }

 private:
  struct Follower;
  struct Room;

  void OnChange(const std::string& id);
  void Refresh(const std::shared_ptr<Room>& room);
  asio::awaitable<void> Look(std::shared_ptr<Room> room);
  asio::awaitable<void> Beat();
  void TellAll(const std::shared_ptr<Room>& room);
  void TellSome(const std::shared_ptr<Room>& room);
  // Whether it is still to be told of.
  bool Tell(const std::shared_ptr<Room>& room, const std::shared_ptr<Follower>& watch);
  void Remove(const std::shared_ptr<Room>& room, const Follower& watch);

  const asio::any_io_executor loop_;
  KeptPurchases& kept_;
  JobsMetrics& metrics_;
  const WatchesOptions options_;
  std::map<std::string, std::shared_ptr<Room>> rooms_;  // of jobs that somebody follows
  std::size_t watching_ = 0;
  std::string next_looked_;  // where the round of looks goes on
  bool beating_ = false;
  bool ended_ = false;
  const std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace flux::service
