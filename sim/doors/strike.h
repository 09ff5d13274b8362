// Strike: lets a fault strike one step of a conversation.
#pragma once

#include <functional>
#include <optional>

#include "sim/faults/faults.h"
#include "sim/http/pause.h"
#include "sim/http/reply.h"
#include "sim/http/request.h"

namespace flux::sim {

// What the caller gets when `fault` strikes `step`: its answer in place of the step, or after it where the
// step happens all the same; or the step's own answer, late or damaged. Without a fault just the step.
Reply Strike(const std::optional<Fault>& fault, const FaultScene& scene, const Request& request, Pause& pause,
             const std::function<Reply()>& step);

}  // namespace flux::sim
