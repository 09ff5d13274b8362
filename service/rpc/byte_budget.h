// ByteBudget: bounds the bytes of calls, requests and pictures that are held at a time, before they are
// bought or after.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <utility>

namespace flux::service {

// Thread-safe. Outlives its leases.
class ByteBudget {
 public:
  explicit ByteBudget(std::uint64_t limit) : limit_(limit) {}

  // Bytes taken from the budget, given back at destruction.
  class Lease {
   public:
    // Of `bytes` that the budget has counted already.
    Lease(ByteBudget& budget, std::uint64_t bytes) : budget_(&budget), bytes_(bytes) {}
    // Of nothing.
    explicit Lease(ByteBudget& budget) : Lease(budget, 0) {}
    Lease(Lease&& other) noexcept
        : budget_(std::exchange(other.budget_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
    Lease& operator=(Lease&&) = delete;
    ~Lease() { Set(0); }

    // Holds this much more from now on, unless that would exceed the limit.
    bool Add(std::uint64_t bytes) {
      if (budget_ == nullptr || !budget_->Count(bytes)) return false;
      bytes_ += bytes;
      return true;
    }

    // Holds this much from now on, also beyond the limit: what is paid for is never refused.
    void Set(std::uint64_t bytes) {
      if (budget_ == nullptr) return;
      budget_->used_ += bytes - bytes_;  // unsigned: also right when it shrinks
      bytes_ = bytes;
    }

   private:
    ByteBudget* budget_;
    std::uint64_t bytes_;
  };

  // Nothing where that would exceed the limit.
  std::optional<Lease> Take(std::uint64_t bytes) {
    if (!Count(bytes)) return std::nullopt;
    return std::optional<Lease>(std::in_place, *this, bytes);
  }

  std::uint64_t used() const { return used_; }
  std::uint64_t limit() const { return limit_; }

 private:
  // Counts these, if they fit.
  bool Count(std::uint64_t bytes) {
    std::uint64_t used = used_;
    do {
      if (bytes > limit_ || used > limit_ - bytes) return false;
    } while (!used_.compare_exchange_weak(used, used + bytes));
    return true;
  }

  const std::uint64_t limit_;
  std::atomic<std::uint64_t> used_{0};
};

}  // namespace flux::service
