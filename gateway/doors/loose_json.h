// loose_json: what a value in a caller's JSON means where the meaning is beyond doubt, though its type is
// another than was asked for. The same for all doors. Pure.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace flux::gateway {

// "Not set", as forms, scripting languages and serializers say it: null, false, text that is empty or blank.
// Not for fields that are booleans or free text: there false, and what is blank, may be meant.
bool SaysNothing(const nlohmann::json& value);

// null and empty text: not set, whatever the field is.
bool IsEmpty(const nlohmann::json& value);

// The number that a value is or is the text of (base/loose_text.h). Booleans are none.
std::optional<double> NumberOf(const nlohmann::json& value);

// The same as a whole number from 0, without loss; nothing where it is none or where a double, as which it
// was given, may have lost digits.
std::optional<std::uint64_t> WholeNumberOf(const nlohmann::json& value);

// true, false, and their text in capitals or not; 1 and 0 as number or text.
std::optional<bool> TruthOf(const nlohmann::json& value);

// The text without white space at its ends; empty where the value is no text. Lives as long as the value.
std::string_view WordOf(const nlohmann::json& value);

}  // namespace flux::gateway
