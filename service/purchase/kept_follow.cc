// What others hear of jobs, and what is heard of them.
#include <utility>

#include "base/event.h"
#include "service/purchase/kept_running.h"

namespace flux::service {

void KeptPurchases::Changed(const std::string& id) const {
  if (changed_) changed_(id);
}

void KeptPurchases::Hint(const std::string& id) const {
  const auto running = running_.find(id);
  if (running == running_.end()) return;
  for (const auto& [part, request_id] : running->second->awaited) parts_.queue.Hint(request_id);
}

const JobLog* KeptPurchases::LogOf(const std::string& id) const {
  const auto running = running_.find(id);
  return running == running_.end() ? nullptr : &running->second->log;
}

void KeptPurchases::Follow(const std::string& id) {
  const auto running = running_.find(id);
  if (running == running_.end() || std::exchange(running->second->followed, true)) return;
  for (const auto& [part, request_id] : running->second->awaited) parts_.queue.Follow(request_id);
}

asio::awaitable<Result<std::optional<JobSight>>> KeptPurchases::See(std::string id) {
  Result<std::optional<StoredJob>> found = co_await parts_.store.Get(std::move(id));
  if (!found) co_return std::move(found).error();
  if (!*found) co_return std::nullopt;
  std::optional<JobSight> sight(std::in_place, Shown(**found), (**found).caller, IsAllOver(**found));
  co_return sight;
}

asio::awaitable<void> KeptPurchases::MarkDelivered(std::string id) {
  static_cast<void>(co_await parts_.store.MarkDelivered(std::move(id)));
}

asio::awaitable<Result<std::vector<std::pair<std::int64_t, v1::Job>>>> KeptPurchases::List(JobQuery query) {
  const Result<std::vector<StoredJob>> found = co_await parts_.store.List(std::move(query));
  if (!found) co_return found.error();
  std::vector<std::pair<std::int64_t, v1::Job>> jobs;
  jobs.reserve(found->size());
  for (const StoredJob& job : *found) jobs.emplace_back(job.number, ToListed(job));
  co_return jobs;
}

asio::awaitable<Result<v1::Job>> KeptPurchases::Redeliver(std::string id, std::string caller) {
  Result<StoredJob> job = co_await ForCancel(id, caller);
  if (!job) co_return std::move(job).error();
  if (!job->webhook || !IsAllOver(*job)) co_return Status(Reason::kNothingToRedeliver);
  const Result<bool> due = co_await parts_.store.Redeliver(id);
  if (!due) co_return due.error();
  if (!*due) co_return Status(Reason::kNothingToRedeliver);
  Changed(id);
  job = co_await ForCancel(id, caller);
  if (!job) co_return std::move(job).error();
  co_return Shown(*job);
}

asio::awaitable<Result<bool>> KeptPurchases::Heard(std::vector<std::string> fal_request_ids) {
  constexpr std::chrono::seconds kAgain{1};
  for (int look = 0; look < 2; ++look) {
    if (look > 0) {  // fal may be quicker than the record of the id that it has told
      Event never(parts_.loop);
      co_await never.Wait(std::chrono::steady_clock::now() + kAgain);
    }
    for (const std::string& request_id : fal_request_ids) {
      std::string asked = request_id;
      const Result<std::optional<StoredJob>> found = co_await parts_.store.FindByFal(std::move(asked));
      if (!found) co_return found.error();
      if (!*found) continue;
      const std::string id = (**found).id;
      if (Drives(id)) {
        Hint(id);
      } else if (!IsAllOver(**found)) {
        const Result<bool> told = co_await parts_.store.Nudge(id);
        if (!told) co_return told.error();
      }
      co_return true;
    }
  }
  co_return false;
}

}  // namespace flux::service
