// Reads JSON that somebody else wrote: never throws, never follows nesting beyond kMaxJsonDepth.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

namespace flux::fal {

// fal's deepest answer has five levels.
inline constexpr int kMaxJsonDepth = 64;

// nullopt: not JSON, not UTF-8, or nested too deeply.
std::optional<nlohmann::json> ParseJson(std::string_view text);

// The member `key` of an object; nullptr where `object` is none or has no such member.
const nlohmann::json* Member(const nlohmann::json& object, const char* key);

}  // namespace flux::fal
