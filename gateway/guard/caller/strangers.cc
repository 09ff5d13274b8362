// An address is remembered for the second after it was told of.
#include "gateway/guard/caller/strangers.h"

#include <chrono>

namespace flux::gateway {
namespace {

constexpr std::chrono::seconds kBetween{1};

}  // namespace

Strangers::~Strangers() {
  for (const auto& [address, seen] : seen_) {
    if (seen.waiting != 0) tell_(address, seen.waiting);
  }
}

void Strangers::Count(const std::string& address, SteadyTime now) {
  const std::lock_guard lock(mutex_);
  const bool room = seen_.size() < kMost || seen_.contains(address);
  const auto [entry, fresh] = seen_.try_emplace(room ? address : "others");
  Seen& seen = entry->second;
  ++seen.waiting;
  if (!fresh && now - seen.told < kBetween) return;
  tell_(entry->first, seen.waiting);
  seen = {.told = now, .waiting = 0};
  if (seen_.size() == 1) due_.store((now + kBetween).time_since_epoch().count(), std::memory_order_relaxed);
}

void Strangers::FlushDue(SteadyTime now) {
  const std::lock_guard lock(mutex_);
  for (auto entry = seen_.begin(); entry != seen_.end();) {
    Seen& seen = entry->second;
    if (now - seen.told < kBetween) {
      ++entry;
    } else if (seen.waiting == 0) {
      entry = seen_.erase(entry);
    } else {
      tell_(entry->first, seen.waiting);
      seen = {.told = now, .waiting = 0};
      ++entry;
    }
  }
  const SteadyTime due = seen_.empty() ? SteadyTime::max() : now + kBetween;
  due_.store(due.time_since_epoch().count(), std::memory_order_relaxed);
}

}  // namespace flux::gateway
