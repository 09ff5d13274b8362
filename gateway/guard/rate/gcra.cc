// Whole nanoseconds throughout.
#include "gateway/guard/rate/gcra.h"

#include <algorithm>

namespace flux::gateway {

using std::chrono::nanoseconds;

RateVerdict Gcra::Take(nanoseconds now, nanoseconds& full_at) const {
  const nanoseconds window = interval_ * limit_;
  // A limit that was lowered may have left more than the new one can owe.
  const nanoseconds owed = std::clamp(full_at - now, nanoseconds(0), window);
  const bool admitted = owed + interval_ <= window;
  if (admitted) full_at = now + owed + interval_;
  return Tell(admitted, admitted ? owed + interval_ : owed);
}

RateVerdict Gcra::Tell(bool admitted, nanoseconds until_full) const {
  const nanoseconds window = interval_ * limit_;
  const nanoseconds left = std::clamp(window - until_full, nanoseconds(0), window);
  RateVerdict verdict{admitted, limit_, static_cast<std::uint32_t>(left / interval_), until_full, {}};
  if (!admitted) verdict.remaining = 0;  // a store may count a little coarser than we
  if (verdict.remaining == 0) verdict.until_another = std::max(interval_ - left, nanoseconds(1));
  return verdict;
}

}  // namespace flux::gateway
