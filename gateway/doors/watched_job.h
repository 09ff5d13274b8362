// WatchedJob: one job that somebody here waits for, and the coroutine that hears of it. A room of
// job_watchers.h; nobody else includes it.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/cancellation_signal.hpp>
#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_set>

#include "base/remote_event.h"
#include "gateway/doors/job_watchers.h"

namespace flux::gateway {

// Watchers of any loop look at it; the coroutine runs on the first one's.
class WatchedJob : public std::enable_shared_from_this<WatchedJob> {
 public:
  WatchedJob(JobWatchers& owner, asio::any_io_executor loop, std::string key, std::string id,
             const CallContext& context, std::optional<v1::Job> known);
  WatchedJob(const WatchedJob&) = delete;
  WatchedJob& operator=(const WatchedJob&) = delete;

  // Begins to listen, unless nothing can be heard any more.
  void Start();
  // What somebody who comes later knows of it, where nothing was heard yet.
  void Learn(v1::Job known);
  // Under the owner's lock: one more who waits, and one less. False: that was the last.
  void Join() { ++watchers_; }
  bool Part() { return --watchers_ > 0; }
  // Ends the coroutine, on its loop.
  void Stop();

  // Wakes everybody.
  void Wake();
  // Registers who is to be woken; false where there is something new since `seen`, which is then what there
  // is.
  bool Await(std::uint64_t& seen, const std::shared_ptr<RemoteEvent>& waiter);
  void Dismiss(const std::shared_ptr<RemoteEvent>& waiter);

  JobWatchers& owner() const { return owner_; }
  const std::string& key() const { return key_; }

 private:
  friend class JobWatcher;

  static asio::awaitable<void> Listen(std::shared_ptr<WatchedJob> self);
  // One watch, to its end: whether there may be another.
  asio::awaitable<bool> Hear(bool& heard);
  bool IsKnown() const;
  void Take(v1::WatchJobResponse response);
  void Fail(Status status);

  JobWatchers& owner_;
  const asio::any_io_executor loop_;
  const std::string key_;
  const std::string id_;
  CallContext context_;
  asio::cancellation_signal cancel_;  // the loop's
  std::uint32_t watchers_ = 0;        // guarded by the owner's lock
  bool listening_ = false;
  std::atomic<bool> stopped_{false};

  mutable std::mutex mutex_;  // guards what follows
  std::uint64_t version_ = 1;
  std::shared_ptr<const v1::Job> job_;
  std::optional<Status> failure_;
  std::deque<v1::JobLog> logs_;
  std::size_t log_bytes_ = 0;
  std::uint32_t logs_end_ = 0;  // the number after the last
  std::unordered_set<std::shared_ptr<RemoteEvent>> waiting_;
  std::shared_ptr<const std::string> text_;
};

}  // namespace flux::gateway
