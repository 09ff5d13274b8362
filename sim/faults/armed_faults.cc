// Keeps the list of armed faults and finds the one that strikes a generation.
#include "sim/faults/armed_faults.h"

#include <utility>

namespace flux::sim {

void ArmedFaults::Arm(Arming arming) {
  const std::lock_guard lock(mutex_);
  armed_.push_back(std::move(arming));
}

void ArmedFaults::Clear() {
  const std::lock_guard lock(mutex_);
  armed_.clear();
}

std::optional<Fault> ArmedFaults::Take(std::string_view endpoint) {
  const std::lock_guard lock(mutex_);
  auto struck = armed_.end();
  for (auto one = armed_.begin(); one != armed_.end(); ++one) {
    if (!one->model.empty() && one->model != endpoint) continue;
    if (one->after > 0) {
      --one->after;
    } else if (struck == armed_.end()) {
      struck = one;
    }
  }
  if (struck == armed_.end()) return std::nullopt;
  const Fault fault = struck->fault;
  if (--struck->count == 0) armed_.erase(struck);
  return fault;
}

}  // namespace flux::sim
