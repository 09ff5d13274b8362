// RateTable: how much of its allowance each address has used. Fixed memory, whatever callers do.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "base/ip_address.h"
#include "gateway/guard/rate/gcra.h"

namespace flux::gateway {

// Thread-safe. An address has its place in one of many small buckets, chosen by a salted hash; a bucket's
// lock is held for the few comparisons of one look-up. An entry whose allowance is whole again is as good as
// none, and its place is reused. In a bucket full of others the one that would recover first is forgotten:
// the least is lost, and only to a caller who has as many addresses as the table has places.
class RateTable {
 public:
  // 131,072 places of 32 bytes.
  static constexpr std::size_t kBuckets = 8192;
  static constexpr std::size_t kPlaces = 16;

  // `salt` is random, so that nobody can choose addresses that share a bucket.
  explicit RateTable(std::uint64_t salt, std::size_t buckets = kBuckets);

  // `now` is on any clock that never goes back, the same for all calls, and above zero.
  RateVerdict Take(const IpAddress& address, const Gcra& gcra, std::chrono::nanoseconds now);

  // Addresses whose allowance is not whole.
  std::size_t Live(std::chrono::nanoseconds now) const;

 private:
  struct Entry {
    IpAddress address;
    std::chrono::nanoseconds full_at{0};
  };
  using Bucket = std::array<Entry, kPlaces>;
  // Neighbours in memory are not neighbours in use.
  struct alignas(64) Lock {
    std::mutex mutex;
  };
  static constexpr std::size_t kLocks = 64;

  std::uint64_t salt_;
  std::vector<Bucket> buckets_;
  mutable std::array<Lock, kLocks> locks_;
};

}  // namespace flux::gateway
