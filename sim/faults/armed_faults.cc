// Keeps the list of armed faults and finds the one that strikes.
#include "sim/faults/armed_faults.h"

#include <algorithm>
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

void ArmedFaults::SetChaos(Chaos chaos) {
  const std::lock_guard lock(mutex_);
  chaos_ = std::move(chaos);
}

Chaos ArmedFaults::chaos() const {
  const std::lock_guard lock(mutex_);
  return chaos_;
}

std::optional<Fault> ArmedFaults::Take(FaultStep step, std::string_view endpoint) {
  return TakeFor(step, [endpoint](const std::string& model) { return model == endpoint; });
}

std::optional<Fault> ArmedFaults::Take(FaultStep step, std::span<const std::string> endpoints) {
  return TakeFor(step,
                 [endpoints](const std::string& model) { return std::ranges::count(endpoints, model) != 0; });
}

template <typename Concerns>
std::optional<Fault> ArmedFaults::TakeFor(FaultStep step, const Concerns& concerns) {
  const std::lock_guard lock(mutex_);
  auto struck = armed_.end();
  for (auto one = armed_.begin(); one != armed_.end(); ++one) {
    if (one->fault.row->step != step || (!one->model.empty() && !concerns(one->model))) continue;
    if (one->after > 0) {
      --one->after;
    } else if (struck == armed_.end()) {
      struck = one;
    }
  }
  if (struck == armed_.end()) return chaos_.Draw(step);
  const Fault fault = struck->fault;
  if (--struck->count == 0) armed_.erase(struck);
  return fault;
}

}  // namespace flux::sim
