// Record: what of a purchase is stored beside its state, as JSON: its plan without what is sent, and why it
// failed. No prompt and no picture is in it. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "service/purchase/plan.h"

namespace flux::service {

// The plan without the bodies, which PlanFromJson leaves null.
std::string PlanToJson(const Plan& plan);
// INTERNAL for what PlanToJson has not written.
Result<Plan> PlanFromJson(std::string_view json);

std::string StatusToJson(const Status& status);
// Total: what cannot be read becomes INTERNAL, maybe billed.
Status StatusFromJson(std::string_view json);

}  // namespace flux::service
