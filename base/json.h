// json: the one way in which text from outside becomes JSON: bounded depth, no exceptions, and where it went
// wrong.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/result.h"

namespace flux {

// Deepest nesting accepted. Requests and fal's replies need 5; a hundred thousand levels would cost memory
// for nothing.
inline constexpr int kMaxJsonDepth = 64;
// Deepest nesting of JSON inside a protobuf Value. protobuf reads a hundred levels of messages, of which an
// object takes three.
inline constexpr int kMaxValueDepth = 24;
// Most values accepted: each takes up to a hundred times the memory of its text, and a request has thirty.
inline constexpr std::size_t kMaxJsonValues = 100'000;

// Parses one JSON text (RFC 8259: no NaN, no comments, valid UTF-8, no lone surrogates). Of repeated keys the
// last counts, as in JavaScript. Error: INVALID_JSON, with a message such as "syntax error at byte 12",
// "nested deeper than 64 levels", "bytes that are not UTF-8 at byte 8; …" or "the text is a form
// (name=value), not JSON".
Result<nlohmann::json> ParseJson(std::string_view text);

// The same, for a text that may hold pictures: a parser would hold each of them three times over beside the
// text. Here there are two copies at a time, of which one is left.
Result<nlohmann::json> ParseLargeJson(std::string text);

// The member `key` of an object; nullptr where `object` is none or has no such member. Never throws, whatever
// the shape.
const nlohmann::json* Member(const nlohmann::json& object, const char* key);

// `text` as a JSON string with its quotes. Invalid UTF-8 becomes U+FFFD.
std::string QuoteJson(std::string_view text);

}  // namespace flux
