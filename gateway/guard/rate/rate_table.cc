// One pass over a bucket finds the address or the place to give it.
#include "gateway/guard/rate/rate_table.h"

#include <absl/hash/hash.h>

#include <algorithm>
#include <tuple>

namespace flux::gateway {

RateTable::RateTable(std::uint64_t salt, std::size_t buckets) : salt_(salt), buckets_(buckets) {}

RateVerdict RateTable::Take(const IpAddress& address, const Gcra& gcra, std::chrono::nanoseconds now) {
  const std::size_t hash = absl::Hash<std::tuple<std::uint64_t, std::array<unsigned char, 16>>>()(
      std::tuple(salt_, address.bytes));
  const std::size_t at = hash % buckets_.size();
  Bucket& bucket = buckets_[at];
  const std::lock_guard lock(locks_[at % kLocks].mutex);
  Entry* place = bucket.data();  // what recovers first; what has recovered did so before
  for (Entry& entry : bucket) {
    if (entry.address == address) {
      place = &entry;
      break;
    }
    if (entry.full_at < place->full_at) place = &entry;
  }
  if (place->address != address) *place = {address, {}};
  return gcra.Take(now, place->full_at);
}

std::size_t RateTable::Live(std::chrono::nanoseconds now) const {
  std::size_t live = 0;
  for (std::size_t at = 0; at < buckets_.size(); ++at) {
    const std::lock_guard lock(locks_[at % kLocks].mutex);
    live += static_cast<std::size_t>(
        std::ranges::count_if(buckets_[at], [now](const Entry& entry) { return entry.full_at > now; }));
  }
  return live;
}

}  // namespace flux::gateway
