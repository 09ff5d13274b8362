// Slots: how many exchanges with fal may run at once, and how many do. Arithmetic only: who waits is the
// governor's matter.
#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace flux::fal {

// Starts at what the operator allows. A refusal of fal lowers the limit at once, to what fal says or to what
// runs without the refused call, whichever is less: others may share the account. Successes at full load
// raise it again, one step at a time, up to what the operator allows.
class Slots {
 public:
  // `most` 0: no limit.
  Slots(std::uint32_t most, const Clock& clock) : most_(most), limit_(most), clock_(clock) {}

  // Takes a slot; false where all are in use.
  bool Take();
  // Takes a slot beyond the limit: for a call that ends without having run again, and gives it back.
  void TakeAnyway() { ++in_use_; }
  void Release() { --in_use_; }

  // fal refused one of the calls that hold a slot.
  void Refused(std::optional<std::uint32_t> told);
  // One of the calls that hold a slot succeeded.
  void Succeeded();

  std::uint32_t limit() const { return limit_; }  // 0: none
  std::uint32_t in_use() const { return in_use_; }

 private:
  const std::uint32_t most_;
  std::uint32_t limit_;
  std::uint32_t in_use_ = 0;
  std::uint32_t told_ = 0;       // what fal last said its limit is
  std::uint32_t successes_ = 0;  // since the last step
  SteadyTime refused_at_{};
  const Clock& clock_;
};

}  // namespace flux::fal
