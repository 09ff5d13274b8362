// Two counters under one lock.
#include "sim/admission.h"

#include <algorithm>

namespace flux::sim {

Admission::Slot Admission::Enter() {
  const std::lock_guard lock(mutex_);
  if (limit_ != 0 && counts_.in_flight >= limit_) return nullptr;
  ++counts_.in_flight;
  counts_.peak = std::max(counts_.peak, counts_.in_flight);
  return Slot(this);
}

void Admission::Leave::operator()(Admission* admission) const {
  const std::lock_guard lock(admission->mutex_);
  --admission->counts_.in_flight;
}

Admission::Counts Admission::Now() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

void Admission::ResetPeak() {
  const std::lock_guard lock(mutex_);
  counts_.peak = counts_.in_flight;
}

}  // namespace flux::sim
