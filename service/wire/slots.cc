// Down at once, up by steps.
#include "service/wire/slots.h"

#include <algorithm>

namespace flux::fal {
namespace {

// A burst beyond the limit is refused within moments; after ten seconds a success says something about now.
constexpr std::chrono::seconds kQuiet{10};

}  // namespace

bool Slots::Take() {
  if (limit_ != 0 && in_use_ >= limit_) return false;
  ++in_use_;
  return true;
}

void Slots::Refused(std::optional<std::uint32_t> told) {
  told_ = told.value_or(0);
  const std::uint32_t others = in_use_ - 1;
  const std::uint32_t learned = std::max(1U, std::min(others, told.value_or(others)));
  limit_ = limit_ == 0 ? learned : std::min(limit_, learned);
  successes_ = 0;
  refused_at_ = clock_.Now();
}

void Slots::Succeeded() {
  if (limit_ == most_ || in_use_ < limit_) return;  // nothing to regain, or no sign that more would fit
  if (clock_.Now() - refused_at_ < kQuiet) return;
  // Up to what fal said it allows, every success brings a slot back; beyond it, one round of them.
  const std::uint32_t needed = limit_ < told_ ? 1 : limit_;
  if (++successes_ < needed) return;
  successes_ = 0;
  ++limit_;
}

}  // namespace flux::fal
