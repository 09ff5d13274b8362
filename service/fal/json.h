// Looks into JSON that somebody else wrote, whatever its shape.
#pragma once

#include <nlohmann/json.hpp>

namespace flux::fal {

// The member `key` of an object; nullptr where `object` is none or has no such member.
const nlohmann::json* Member(const nlohmann::json& object, const char* key);

}  // namespace flux::fal
