// field_schema: what a model takes, as a JSON schema of today's public JSON; and a request that it takes.
// From the catalogue alone. Pure.
#pragma once

#include <nlohmann/json.hpp>

#include "flux/v1/models.pb.h"

namespace flux::gateway {

// An object with a member for each parameter, under its public name.
nlohmann::ordered_json RequestSchema(const v1::Model& model);

// A small request with everything that is required, which the schema allows.
nlohmann::ordered_json RequestExample(const v1::Model& model);

}  // namespace flux::gateway
