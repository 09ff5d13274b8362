// Counts the generations that run, the most that ran at once, and those that were refused, under one lock.
#include "sim/doors/admission.h"

#include <algorithm>

namespace flux::sim {

std::uint32_t Admission::limit() const {
  const std::lock_guard lock(mutex_);
  return limit_;
}

void Admission::set_limit(std::uint32_t limit) {
  {
    const std::lock_guard lock(mutex_);
    limit_ = limit;
  }
  if (on_room_) on_room_();
}

Admission::Slot Admission::Enter() {
  return EnterIfRoom(true);
}

Admission::Slot Admission::EnterWaiting() {
  return EnterIfRoom(false);
}

Admission::Slot Admission::EnterIfRoom(bool count_refusal) {
  const std::lock_guard lock(mutex_);
  if (limit_ != 0 && counts_.in_flight >= limit_) {
    if (count_refusal) ++counts_.refused;
    return nullptr;
  }
  ++counts_.in_flight;
  counts_.peak = std::max(counts_.peak, counts_.in_flight);
  return Slot(this);
}

void Admission::Leave::operator()(Admission* admission) const {
  {
    const std::lock_guard lock(admission->mutex_);
    --admission->counts_.in_flight;
  }
  if (admission->on_room_) admission->on_room_();
}

Admission::Counts Admission::Now() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

void Admission::Reset() {
  const std::lock_guard lock(mutex_);
  counts_.peak = counts_.in_flight;
  counts_.refused = 0;
}

}  // namespace flux::sim
