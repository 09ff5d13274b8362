// A room for each job that is followed: what the job is like, and who has been told what of it.
#include "service/jobs/watches.h"

#include <algorithm>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/post.hpp>
#include <asio/this_coro.hpp>
#include <list>
#include <optional>
#include <utility>
#include <vector>

#include "base/event.h"

namespace flux::service {
namespace {

// Watchers that are written to before others on the loop get their turn.
constexpr std::size_t kAtOnce = 64;

Status GoneAway() {
  return Status(Reason::kServiceUnavailable,
                "flux-service is about to stop; the job goes on, follow it anew");
}

}  // namespace

struct JobWatches::Follower {
  std::shared_ptr<JobWatcher> out;
  std::string caller;
  std::uint32_t logs_seen = 0;
  std::uint64_t told = 0;  // the version that it was told last
  bool busy = false;       // it has not taken the last yet
  bool starved = false;    // there was no room for its next
  bool gone = false;
};

struct JobWatches::Room {
  std::string id;
  std::list<std::shared_ptr<Follower>> watches;
  std::uint64_t version = 0;  // 0: nothing is known yet
  JobSight sight;
  JobLog log;                   // as it was told with the sight
  bool has_log = false;         // it is, or was, driven here
  std::optional<JobLog> grown;  // what the next sight is told with
  bool looking = false;
  bool dirty = false;    // it has changed since the look began
  bool telling = false;  // TellSome is in the loop's queue
  SteadyTime next_look{};
  std::chrono::milliseconds look_pause{};
  // Replies of this version, by how many lines of log their readers have: most have the same.
  std::map<std::uint32_t, std::shared_ptr<const std::string>> replies;

  std::shared_ptr<const std::string> ReplyFrom(std::uint32_t logs_seen) {
    constexpr std::size_t kMostReplies = 8;  // each may have pictures
    if (const auto found = replies.find(logs_seen); found != replies.end()) return found->second;
    if (replies.size() == kMostReplies) replies.clear();
    v1::WatchJobResponse response;
    *response.mutable_job() = sight.job;
    if (has_log) log.CopyFrom(logs_seen, *response.mutable_logs());
    response.set_logs_seen(has_log ? log.size() : logs_seen);
    return replies[logs_seen] = std::make_shared<const std::string>(response.SerializeAsString());
  }
};

JobWatches::JobWatches(asio::any_io_executor loop, KeptPurchases& kept, JobsMetrics& metrics,
                       WatchesOptions options)
    : loop_(std::move(loop)), kept_(kept), metrics_(metrics), options_(options) {
  kept_.OnJobChange([this](const std::string& id) { OnChange(id); });
}

JobWatches::~JobWatches() = default;

void JobWatches::Watch(std::shared_ptr<JobWatcher> watcher, const std::string& id, std::string caller,
                       std::uint32_t logs_seen) {
  if (ended_) return watcher->End(GoneAway());
  std::shared_ptr<Room>& place = rooms_[id];
  if (place == nullptr) {
    place = std::make_shared<Room>();
    place->id = id;
    place->look_pause = options_.first_look;
    if (const JobLog* log = kept_.LogOf(id)) {
      place->log = *log;
      place->has_log = true;
    }
  }
  const std::shared_ptr<Room> room = place;
  auto watch = std::make_shared<Follower>();
  watch->out = std::move(watcher);
  watch->caller = std::move(caller);
  watch->logs_seen = logs_seen;
  room->watches.push_back(watch);
  metrics_.ShowWatchers(++watching_);
  kept_.Follow(id);
  if (room->version == 0 || room->sight.over) {
    Refresh(room);
  } else {
    Tell(room, watch);
  }
  if (!std::exchange(beating_, true)) asio::co_spawn(loop_, Beat(), asio::detached);
}

void JobWatches::Leave(const JobWatcher& watcher, const std::string& id) {
  const auto found = rooms_.find(id);
  if (found == rooms_.end()) return;
  const std::shared_ptr<Room> room = found->second;
  for (const std::shared_ptr<Follower>& watch : room->watches) {
    if (watch->out.get() == &watcher) return Remove(room, *watch);
  }
}

void JobWatches::Remove(const std::shared_ptr<Room>& room, const Follower& watch) {
  const auto place = std::ranges::find(room->watches, &watch, &std::shared_ptr<Follower>::get);
  if (place == room->watches.end()) return;
  (*place)->gone = true;
  room->watches.erase(place);
  metrics_.ShowWatchers(--watching_);
  if (room->watches.empty()) rooms_.erase(room->id);
}

void JobWatches::EndAll() {
  asio::post(loop_, [this, alive = std::weak_ptr(alive_)] {
    if (alive.expired()) return;
    ended_ = true;
    for (const auto& [id, room] : std::exchange(rooms_, {})) {
      for (const std::shared_ptr<Follower>& watch : room->watches) {
        watch->gone = true;
        watch->out->End(GoneAway());
      }
      room->watches.clear();
    }
    watching_ = 0;
    metrics_.ShowWatchers(0);
  });
}

void JobWatches::OnChange(const std::string& id) {
  const auto found = rooms_.find(id);
  if (found == rooms_.end()) return;
  // Now: its log goes with who drives it.
  if (const JobLog* log = kept_.LogOf(id)) found->second->grown = *log;
  found->second->look_pause = options_.first_look;
  kept_.Follow(id);  // it may have been taken over by this process
  Refresh(found->second);
}

void JobWatches::Refresh(const std::shared_ptr<Room>& room) {
  room->dirty = true;
  if (std::exchange(room->looking, true)) return;
  // Later: a look may end at once, and with it the rooms that somebody goes through.
  asio::post(loop_, [this, room, alive = std::weak_ptr(alive_)] {
    if (!alive.expired()) asio::co_spawn(loop_, Look(room), asio::detached);
  });
}

asio::awaitable<void> JobWatches::Look(std::shared_ptr<Room> room) {
  co_await asio::this_coro::throw_if_cancelled(false);
  while (room->dirty && !room->watches.empty()) {
    room->dirty = false;
    std::string id = room->id;
    Result<std::optional<JobSight>> seen = co_await kept_.See(std::move(id));
    room->next_look = std::chrono::steady_clock::now() + room->look_pause;
    if (!seen && room->version > 0) break;  // the store is away: the next look may find it
    if (!seen || !*seen) {
      const Status why = seen ? Status(Reason::kUnknownJob) : seen.error();
      const std::vector<std::shared_ptr<Follower>> all(room->watches.begin(), room->watches.end());
      for (const std::shared_ptr<Follower>& watch : all) {
        Remove(room, *watch);
        watch->out->End(why);
      }
      break;
    }
    room->sight = **std::move(seen);
    if (room->grown) {
      room->log = *std::exchange(room->grown, std::nullopt);
      room->has_log = true;
    }
    ++room->version;
    room->replies.clear();
    TellAll(room);
  }
  room->looking = false;
}

// In turns with whatever else waits for the loop: a job may have ten thousand watchers.
void JobWatches::TellAll(const std::shared_ptr<Room>& room) {
  if (std::exchange(room->telling, true)) return;
  asio::post(loop_, [this, room, alive = std::weak_ptr(alive_)] {
    if (!alive.expired()) TellSome(room);
  });
}

void JobWatches::TellSome(const std::shared_ptr<Room>& room) {
  room->telling = false;
  std::size_t told = 0;
  const std::size_t count = room->watches.size();
  for (std::size_t looked = 0; looked < count && !room->watches.empty(); ++looked) {
    const std::shared_ptr<Follower> watch = room->watches.front();
    room->watches.splice(room->watches.end(), room->watches, room->watches.begin());
    if (watch->busy || watch->starved || watch->told == room->version) continue;
    Tell(room, watch);
    if (++told == kAtOnce) return TellAll(room);
  }
}

bool JobWatches::Tell(const std::shared_ptr<Room>& room, const std::shared_ptr<Follower>& watch) {
  if (!MaySee(room->sight.caller, watch->caller)) {
    Remove(room, *watch);
    watch->out->End(Status(Reason::kUnknownJob));
    return false;
  }
  const std::uint32_t end = room->has_log ? room->log.size() : watch->logs_seen;
  const std::shared_ptr<const std::string> reply = room->ReplyFrom(std::min(watch->logs_seen, end));
  const bool last = room->sight.over;
  const bool made = room->sight.job.has_generation();
  // Weak: the watcher keeps this, and would keep itself by it.
  const auto taken = [this, room, waits = std::weak_ptr(watch), alive = std::weak_ptr(alive_)] {
    asio::post(loop_, [this, room, waits, alive] {
      const std::shared_ptr<Follower> taker = waits.lock();
      if (alive.expired() || taker == nullptr || taker->gone) return;
      taker->busy = false;
      if (taker->told != room->version) Tell(room, taker);
    });
  };
  if (!watch->out->Send(reply, last, taken)) {
    watch->starved = true;  // the next beat tries again
    return true;
  }
  watch->busy = true;
  watch->told = room->version;
  watch->logs_seen = end;
  if (!last) return true;
  Remove(room, *watch);
  if (made) asio::co_spawn(loop_, kept_.MarkDelivered(room->id), asio::detached);
  return false;
}

// Looks at jobs that other processes drive, a few at a time, and tries again where there was no room.
asio::awaitable<void> JobWatches::Beat() {
  co_await asio::this_coro::throw_if_cancelled(false);
  while (!rooms_.empty()) {
    Event never(loop_);
    co_await never.Wait(std::chrono::steady_clock::now() + options_.beat);
    const SteadyTime now = std::chrono::steady_clock::now();
    std::size_t looks = options_.looks_per_beat;
    auto at = rooms_.lower_bound(next_looked_);
    for (std::size_t i = rooms_.size(); i > 0; --i, ++at) {
      if (at == rooms_.end()) at = rooms_.begin();
      const std::shared_ptr<Room> room = at->second;
      bool starved = false;
      for (const std::shared_ptr<Follower>& watch : room->watches)
        starved |= std::exchange(watch->starved, false);
      if (starved) TellAll(room);
      if (room->looking || now < room->next_look || room->sight.over || kept_.Drives(room->id)) continue;
      if (looks == 0) continue;
      --looks;
      next_looked_ = room->id + '\1';
      room->look_pause = std::min(room->look_pause * 2, options_.longest_look);
      Refresh(room);
    }
  }
  beating_ = false;
}

}  // namespace flux::service
