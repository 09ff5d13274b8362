// Checks a body against a model's row as fal's framework would: values are read leniently ("28", 28.0 and
// true are whole numbers), unknown keys are ignored (fal-api §1.8), and every problem is told at once
// (fal-api §3.2).
#pragma once

#include "sim/apps/models.h"
#include "sim/apps/problems.h"
#include "sim/json.h"

namespace flux::sim {

// The values of all fields of the row that are present or have a default, read. Meaningless when `problems`
// grew.
Given Validate(const Model& model, const Given& body, Problems& problems);

}  // namespace flux::sim
