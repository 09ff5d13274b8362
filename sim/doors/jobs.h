// Jobs: the requests that fal's queue holds, from their submission until their results expire (fal-api §4,
// §15). A waiting job takes no thread: one thread starts jobs when the concurrency limit leaves room and
// keeps the time, and a few others check and paint.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>

#include "base/log.h"
#include "sim/doors/generator.h"
#include "sim/doors/webhooks.h"
#include "sim/http/task_pool.h"
#include "sim/ledger/history.h"

namespace flux::sim {

// Borrowed; all of them outlive the jobs.
struct JobsParts {
  const Clock& clock;
  Generator& generator;
  Admission& admission;
  History& history;
  Webhooks& webhooks;
  Log& log;
};

enum class JobState : std::uint8_t { kQueued, kRunning, kCompleted };

// What can be seen of a job from outside.
struct JobView {
  std::string id;
  std::string endpoint;
  JobState state = JobState::kQueued;
  std::size_t position = 0;  // of a queued one, from 0
  WallTime sent_at;
  std::optional<WallTime> started_at;
  std::optional<WallTime> ended_at;
  std::string error_type;  // of a completed one, where its result has one
};

enum class Cancelled : std::uint8_t { kRequested, kTooLate, kUnknown };

// Thread-safe.
class Jobs {
 public:
  static constexpr std::size_t kMostJobs = 100'000;
  static constexpr std::size_t kMostBodyBytes = std::size_t{1} << 30;    // of jobs that are not made yet
  static constexpr std::size_t kMostResultBytes = std::size_t{1} << 29;  // those that expire soonest go first
  static constexpr std::size_t kLargeResult = 10'000;                    // bytes, kept for less time
  static constexpr std::chrono::minutes kResultKept{60};
  static constexpr std::chrono::minutes kLargeResultKept{6};

  // Results are kept for `retention_scale` times the time that fal keeps them.
  Jobs(JobsParts parts, double retention_scale);
  ~Jobs();
  Jobs(const Jobs&) = delete;
  Jobs& operator=(const Jobs&) = delete;

  // Takes a call that Generator::Refuse let pass; its request id becomes the job's. False when there are too
  // many jobs, or too many bytes in them.
  bool Submit(Call call, bool keeps_payloads);

  // Nothing for an id that is unknown, or expired.
  std::optional<JobView> Find(const std::string& id);
  // Waits until the job's state is another one than `than`, it is gone, `time` is over or the jobs are
  // stopped.
  std::optional<JobView> Await(const std::string& id, JobState than, std::chrono::milliseconds time);
  bool stopped() const;

  // The result of a completed job, whole. `first` says whether nobody has fetched it before; `fault` is what
  // the generation's own fault does to the connection then.
  struct Result {
    Reply reply;
    bool first = false;
    std::optional<Fault> fault;
  };
  // Nothing when it is lost, or the job is unknown or not completed.
  std::optional<Result> Fetch(const std::string& id);

  // A queued job is never made. A running one goes on to its end and is billed, unless it is one that stops.
  Cancelled Cancel(const std::string& id);

  // From outside, the job is IN_PROGRESS until then.
  void Stall(const std::string& id, std::chrono::milliseconds time);
  // Its result is lost.
  void Lose(const std::string& id);

  // Ends waiting and running jobs without making them. Idempotent.
  void Stop();

 private:
  struct Job;
  using JobPtr = std::shared_ptr<Job>;

  void Work();
  void StartWaiting();
  // Ends those that were to start by `now`; when the next one is.
  SteadyTime GiveUpWaiting(SteadyTime now);
  static std::pair<bool, std::uint64_t> PlaceOf(const Job& job);
  void FinishDue(SteadyTime now);
  void Expire(SteadyTime now);
  void Begin(const JobPtr& job);
  void Finish(const JobPtr& job, bool unwanted);
  void Complete(const JobPtr& job, Reply reply, std::string_view kept_output);
  void Forget(JobPtr job);
  void Wake();
  JobView View(const Job& job) const;
  JobPtr Known(const std::string& id) const;

  const JobsParts parts_;
  const double retention_scale_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;  // of the thread; guarded by mutex_, as all below
  bool woken_ = false;
  bool stopped_ = false;
  std::unordered_map<std::string, JobPtr> jobs_;  // by id
  std::deque<JobPtr> waiting_;                    // in the order of submission, those of low priority last
  std::size_t limited_ = 0;                       // of them with a time by which they are to start
  std::multimap<SteadyTime, JobPtr> due_;         // running ones, by when they are to be made
  std::multimap<SteadyTime, JobPtr> expiring_;    // completed ones
  std::uint64_t next_number_ = 0;
  std::size_t body_bytes_ = 0;
  std::size_t result_bytes_ = 0;
  TaskPool painters_;
  std::thread thread_;
};

}  // namespace flux::sim
