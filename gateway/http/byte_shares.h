// ByteShares: who holds how many of the bytes in flight. A cap over all, and a fair part for each share while
// room is scarce, so that nobody's uploads or unread replies are everybody's 503. Pure: no sockets.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

namespace flux::gateway {

// Names a caller: a key or an address, whatever its number was made of.
using ShareId = std::uint64_t;

// The share of a peer that nothing else is known of: its address, or its network of /64 where it is IPv6.
// Anything that is no address is a share of its own.
ShareId ShareOf(std::string_view address);

// One cap and the shares below it. A share may hold as much as it leaves free: one alone half of the cap, and
// whoever comes next always finds some; but alone it may hold one thing of the largest kind. Thread-safe,
// without locks: shares are told apart by a salted hash, so two of them count as one now and then (1 in
// 4,096).
class SharePool {
 public:
  // `largest`: what a share may hold where no other holds anything, if it fits.
  SharePool(std::uint64_t cap, std::uint64_t largest);

  // Counts `bytes` more, unless there is no room for them.
  bool Take(ShareId share, std::uint64_t bytes);
  // Counts them whatever there is.
  void Force(ShareId share, std::uint64_t bytes);
  // Counts them no more; they were taken or forced for this share.
  void Give(ShareId share, std::uint64_t bytes);
  // Whether Take would count them now.
  bool Fits(ShareId share, std::uint64_t bytes) const;

  std::uint64_t used() const { return used_.load(std::memory_order_relaxed); }
  std::uint64_t cap() const { return cap_; }

 private:
  static constexpr std::size_t kShares = 4096;
  using Held = std::atomic<std::uint64_t>;

  std::size_t IndexOf(ShareId share) const { return (share ^ salt_) * 0x9E3779B97F4A7C15ULL >> 52; }

  const std::uint64_t cap_;
  const std::uint64_t largest_;
  const std::uint64_t salt_;
  std::atomic<std::uint64_t> used_{0};
  const std::unique_ptr<std::array<Held, kShares>> held_;
};

// The bytes in flight: a cap for what is large, and an eighth of it beside that for what is small.
class ByteShares {
 public:
  // What one connection holds up to here is always taken: an ordinary request. Connections are counted
  // elsewhere.
  static constexpr std::uint64_t kAlwaysBytes = 4 * 1024;
  // What it holds up to here is small.
  static constexpr std::uint64_t kSmallBytes = 64 * 1024;

  // `total` is the cap, `largest` the largest body. `gauge` counts what all hold together; borrowed.
  ByteShares(std::uint64_t total, std::uint64_t largest, std::atomic<std::uint64_t>& gauge)
      : small_(total / kSmallPart, kSmallBytes), large_(total, largest), gauge_(gauge) {}

  // What one thing may be counted as, so that it fits when little else is there.
  std::uint64_t Most() const { return large_.cap() / 4; }

  // The pool that counts a holding of so many bytes; null where none does.
  SharePool* PoolOf(std::uint64_t bytes) {
    if (bytes <= kAlwaysBytes) return nullptr;
    return bytes <= kSmallBytes ? &small_ : &large_;
  }

  std::atomic<std::uint64_t>& gauge() { return gauge_; }

 private:
  static constexpr std::uint64_t kSmallPart = 8;

  SharePool small_;
  SharePool large_;
  std::atomic<std::uint64_t>& gauge_;
};

// What one connection holds. Gives it back when it is destroyed. Belongs to one thread; the shares outlive
// it.
class ByteHold {
 public:
  ByteHold(ByteShares& shares, ShareId share) : shares_(shares), share_(share) {}
  ~ByteHold() { Release(); }
  ByteHold(const ByteHold&) = delete;
  ByteHold& operator=(const ByteHold&) = delete;

  // Holds `more` bytes; false, and as before, where there is no room for them.
  bool Add(std::uint64_t more);
  // Whether Add would.
  bool Fits(std::uint64_t more) const;
  // Holds `bytes` in all, room or not: they exist already.
  void Become(std::uint64_t bytes);
  void Release() { Become(0); }

  // Moves what is held, and will be, to this share, room or not.
  void MoveTo(ShareId share);
  std::uint64_t bytes() const { return bytes_; }

 private:
  ByteShares& shares_;
  ShareId share_;
  std::uint64_t bytes_ = 0;
};

}  // namespace flux::gateway
