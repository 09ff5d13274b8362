// ReplyEstimate: how much room a reply will want that nobody has seen yet. Who asks says what it should come
// to; what came before says how far that is to be believed.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace flux::gateway {

// Thread-safe.
class ReplyEstimate {
 public:
  // The bytes to set aside for a reply that should have `expected`.
  std::uint64_t Of(std::uint64_t expected) const { return expected * factor_.load() / kOne; }

  // A reply that should have had `expected` bytes had `actual`. More than was set aside counts at once; less,
  // little by little, down to what was expected.
  void Learn(std::uint64_t expected, std::uint64_t actual) {
    if (expected == 0) return;
    const std::uint64_t seen = actual * kOne / expected;
    const std::uint64_t before = factor_.load();
    factor_.store(std::max({kOne, seen, (3 * before + seen) / 4}));
  }

 private:
  static constexpr std::uint64_t kOne = 256;
  // Until something has come nobody can be sure: a program that has just started asks for few at a time.
  static constexpr std::uint64_t kFirst = 16;

  std::atomic<std::uint64_t> factor_{kFirst * kOne};
};

}  // namespace flux::gateway
