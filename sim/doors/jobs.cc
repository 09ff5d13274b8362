// The life of a job: waiting_ → (room) → Begin on a painter's thread → due_ → (time) → Finish on a painter's
// thread → expiring_ → gone.
#include "sim/doors/jobs.h"

#include <algorithm>
#include <utility>

namespace flux::sim {

struct Jobs::Job {
  // Set by Submit, then only read.
  std::uint64_t number = 0;
  std::string id;
  std::string endpoint;
  bool low_priority = false;
  SteadyTime start_by = SteadyTime::max();
  // Of the thread that works on it: first the one that submits, then a painter.
  Call call;
  std::optional<Making> making;
  // Guarded by the jobs' mutex.
  JobState state = JobState::kQueued;
  bool cancelled = false;
  bool fetched = false;
  bool lost = false;
  SteadyTime stalled_until;
  Admission::Slot slot;
  Reply reply;
  std::optional<Fault> fault;
  std::string error_type;
  WallTime sent_at;
  std::optional<WallTime> started_at;
  std::optional<WallTime> ended_at;
  std::multimap<SteadyTime, JobPtr>::iterator expiry;  // of a completed one
  std::condition_variable changed;
};

namespace {

std::string ErrorTypeOf(const Reply& reply) {
  const auto found = std::ranges::find_if(
      reply.headers, [](const auto& header) { return header.first == "X-Fal-Error-Type"; });
  return found == reply.headers.end() ? std::string() : found->second;
}

}  // namespace

Jobs::Jobs(JobsParts parts, double retention_scale)
    : parts_(parts),
      retention_scale_(retention_scale),
      painters_(2 * std::max(1U, std::thread::hardware_concurrency())) {
  parts_.admission.set_on_room([this] { Wake(); });
  thread_ = std::thread([this] { Work(); });
}

Jobs::~Jobs() {
  Stop();
}

void Jobs::Wake() {
  const std::lock_guard lock(mutex_);
  woken_ = true;
  wake_.notify_one();
}

bool Jobs::Submit(Call call, bool keeps_payloads) {
  const auto job = std::make_shared<Job>();
  job->id = call.request_id;
  job->endpoint = call.endpoint;
  job->low_priority = call.low_priority;
  if (call.start_limit) job->start_by = parts_.clock.Now() + *call.start_limit;
  job->call = std::move(call);
  job->sent_at = parts_.clock.WallNow();
  const std::string& body = job->call.body;
  const std::lock_guard lock(mutex_);
  if (stopped_ || jobs_.size() >= kMostJobs || body_bytes_ + body.size() > kMostBodyBytes) return false;
  parts_.history.Sent(job->id, job->endpoint, body, keeps_payloads);
  body_bytes_ += body.size();
  job->number = next_number_++;
  jobs_.emplace(job->id, job);
  waiting_.insert(std::ranges::upper_bound(waiting_, PlaceOf(*job), {},
                                           [](const JobPtr& other) { return PlaceOf(*other); }),
                  job);
  if (job->start_by != SteadyTime::max()) ++limited_;
  woken_ = true;
  wake_.notify_one();
  return true;
}

void Jobs::Work() {
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    woken_ = false;
    const SteadyTime now = parts_.clock.Now();
    FinishDue(now);
    StartWaiting();
    const SteadyTime limit = GiveUpWaiting(now);
    Expire(now);
    const auto next = [](const auto& timed) {
      return timed.empty() ? SteadyTime::max() : timed.begin()->first;
    };
    const SteadyTime until = std::min({next(due_), next(expiring_), limit});
    const auto ready = [this] { return woken_ || stopped_; };
    if (until == SteadyTime::max()) {
      wake_.wait(lock, ready);
    } else {
      wake_.wait_until(lock, until, ready);
    }
  }
}

void Jobs::FinishDue(SteadyTime now) {
  while (!due_.empty() && due_.begin()->first <= now) {
    painters_.enqueue([this, job = due_.begin()->second] { Finish(job, false); });
    due_.erase(due_.begin());
  }
}

void Jobs::StartWaiting() {
  while (!waiting_.empty()) {
    Admission::Slot slot = parts_.admission.EnterWaiting();
    if (slot == nullptr) return;
    const JobPtr job = waiting_.front();
    waiting_.pop_front();
    if (job->start_by != SteadyTime::max()) --limited_;
    job->slot = std::move(slot);
    job->state = JobState::kRunning;
    job->started_at = parts_.clock.WallNow();
    job->changed.notify_all();
    painters_.enqueue([this, job] { Begin(job); });
  }
}

SteadyTime Jobs::GiveUpWaiting(SteadyTime now) {
  SteadyTime next = SteadyTime::max();
  if (limited_ == 0) return next;
  std::erase_if(waiting_, [&](const JobPtr& job) {
    if (job->start_by > now) {
      next = std::min(next, job->start_by);
      return false;
    }
    --limited_;
    job->cancelled = true;  // no cancel ends it as well
    painters_.enqueue([this, job] {
      Reply reply = StartTimeoutReply();
      const std::string output = reply.body;
      Complete(job, std::move(reply), output);
    });
    return true;
  });
  return next;
}

std::pair<bool, std::uint64_t> Jobs::PlaceOf(const Job& job) {
  return {job.low_priority, job.number};
}

void Jobs::Expire(SteadyTime now) {
  while (!expiring_.empty() && expiring_.begin()->first <= now) Forget(expiring_.begin()->second);
}

void Jobs::Begin(const JobPtr& job) {
  parts_.history.Started(job->id);
  std::variant<Reply, Making> prepared = parts_.generator.Prepare(job->call);
  if (Reply* const refusal = std::get_if<Reply>(&prepared)) {
    const std::string output = refusal->body;
    return Complete(job, std::move(*refusal), output);
  }
  job->making = std::get<Making>(std::move(prepared));
  if (job->making->time.count() == 0) return Finish(job, false);
  bool unwanted = false;
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
    unwanted = job->cancelled && job->making->stops();
    if (!unwanted) due_.emplace(parts_.clock.Now() + job->making->time, job);
    woken_ = true;
    wake_.notify_one();
  }
  if (unwanted) Finish(job, true);
}

void Jobs::Finish(const JobPtr& job, bool unwanted) {
  if (stopped()) return;
  Reply reply = parts_.generator.Make(job->call, *job->making, unwanted);
  const std::string output(KeptOutput(*job->making, reply));
  Complete(job, std::move(reply), output);
}

void Jobs::Complete(const JobPtr& job, Reply reply, std::string_view kept_output) {
  const int status = reply.status;
  parts_.history.Ended(job->id, status, kept_output);
  const std::size_t size = reply.body.size();
  const std::chrono::milliseconds kept = size >= kLargeResult ? kLargeResultKept : kResultKept;
  const auto scaled = std::chrono::duration_cast<SteadyTime::duration>(kept * retention_scale_);
  const std::string endpoint = job->endpoint;
  const std::string webhook = job->call.webhook;
  const std::optional<Reply> told = webhook.empty() ? std::nullopt : std::optional(reply);
  Admission::Slot slot;  // given back when nothing is locked
  {
    const std::lock_guard lock(mutex_);
    body_bytes_ -= job->call.body.size();
    if (job->making) job->fault = job->making->fault;
    job->making.reset();
    job->call = Call();
    job->error_type = ErrorTypeOf(reply);
    job->reply = std::move(reply);
    job->ended_at = parts_.clock.WallNow();
    if (!job->started_at) job->started_at = job->ended_at;
    job->state = JobState::kCompleted;
    slot = std::move(job->slot);
    result_bytes_ += size;
    job->expiry = expiring_.emplace(parts_.clock.Now() + scaled, job);
    while (result_bytes_ > kMostResultBytes && expiring_.size() > 1) Forget(expiring_.begin()->second);
    woken_ = true;
    wake_.notify_one();
    job->changed.notify_all();
  }
  if (told) parts_.webhooks.Tell(webhook, endpoint, job->id, *told);
  parts_.log.Info("generation",
                  {{"request_id", job->id}, {"door", "queue"}, {"endpoint", endpoint}, {"status", status}});
}

void Jobs::Forget(JobPtr job) {
  result_bytes_ -= job->reply.body.size();
  jobs_.erase(job->id);
  expiring_.erase(job->expiry);
}

Jobs::JobPtr Jobs::Known(const std::string& id) const {
  const auto found = jobs_.find(id);
  return found == jobs_.end() ? nullptr : found->second;
}

JobView Jobs::View(const Job& job) const {
  JobView view{job.id, job.endpoint, job.state, 0, job.sent_at, job.started_at, job.ended_at, job.error_type};
  if (job.state == JobState::kCompleted && parts_.clock.Now() < job.stalled_until) {
    view.state = JobState::kRunning;
  }
  if (job.state == JobState::kQueued) {
    const auto at = std::ranges::lower_bound(waiting_, PlaceOf(job), {},
                                             [](const JobPtr& other) { return PlaceOf(*other); });
    view.position = static_cast<std::size_t>(at - waiting_.begin());
  }
  return view;
}

std::optional<JobView> Jobs::Find(const std::string& id) {
  const std::lock_guard lock(mutex_);
  const JobPtr job = Known(id);
  return job == nullptr ? std::nullopt : std::optional(View(*job));
}

std::optional<JobView> Jobs::Await(const std::string& id, JobState than, std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  const JobPtr job = Known(id);
  if (job == nullptr) return std::nullopt;
  job->changed.wait_for(lock, time, [&] { return stopped_ || View(*job).state != than; });
  return View(*job);
}

bool Jobs::stopped() const {
  const std::lock_guard lock(mutex_);
  return stopped_;
}

std::optional<Jobs::Result> Jobs::Fetch(const std::string& id) {
  const std::lock_guard lock(mutex_);
  const JobPtr job = Known(id);
  if (job == nullptr || job->state != JobState::kCompleted || job->lost) return std::nullopt;
  return Result{job->reply, !std::exchange(job->fetched, true), job->fault};
}

Cancelled Jobs::Cancel(const std::string& id) {
  JobPtr queued, stopped;
  {
    const std::lock_guard lock(mutex_);
    const JobPtr job = Known(id);
    if (job == nullptr) return Cancelled::kUnknown;
    if (job->state == JobState::kCompleted) return Cancelled::kTooLate;
    if (std::exchange(job->cancelled, true)) return Cancelled::kRequested;
    if (job->state == JobState::kQueued) {
      if (std::erase(waiting_, job) > 0 && job->start_by != SteadyTime::max()) --limited_;
      queued = job;
    } else if (const auto due = std::ranges::find(due_, job, [](const auto& entry) { return entry.second; });
               due != due_.end() && job->making->stops()) {
      due_.erase(due);
      stopped = job;
    }
  }
  if (queued != nullptr) {
    Reply reply = RequestErrorReply(499, "client_cancelled", "Request cancelled by the client.");
    const std::string output = reply.body;
    Complete(queued, std::move(reply), output);
  }
  if (stopped != nullptr) Finish(stopped, true);
  return Cancelled::kRequested;
}

void Jobs::Stall(const std::string& id, std::chrono::milliseconds time) {
  const std::lock_guard lock(mutex_);
  if (const JobPtr job = Known(id)) job->stalled_until = parts_.clock.Now() + time;
}

void Jobs::Lose(const std::string& id) {
  const std::lock_guard lock(mutex_);
  if (const JobPtr job = Known(id)) job->lost = true;
}

void Jobs::Stop() {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(stopped_, true)) return;
    for (const auto& [id, job] : jobs_) job->changed.notify_all();
    wake_.notify_one();
  }
  thread_.join();
  painters_.shutdown();
}

}  // namespace flux::sim
