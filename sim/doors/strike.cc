// One order of events for all steps: answer instead, or do the step, wait, answer otherwise, damage.
#include "sim/doors/strike.h"

namespace flux::sim {

Reply Strike(const std::optional<Fault>& fault, const FaultScene& scene, const Request& request, Pause& pause,
             const std::function<Reply()>& step) {
  if (!fault) return step();
  std::optional<Reply> answer = FaultAnswer(*fault, scene);
  if (answer && !fault->billed) return *std::move(answer);
  Reply reply = step();
  if (fault->kind() == FaultKind::kHang) pause.For(fault->time, request.left);
  return Damaged(fault, answer ? *std::move(answer) : std::move(reply));
}

}  // namespace flux::sim
