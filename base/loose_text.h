// loose_text: numbers, yes and no as people and programs write them into text, and the white space around
// them. One reading for all doors and for the service. Pure, and the same in every locale.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace flux {

// `text` without ASCII white space at its ends.
std::string_view Trimmed(std::string_view text);

// "2", " 7.5 ", "+3", ".5", "1e3": the number that a text is, white space around it aside; nothing for any
// other text, "NaN", "inf", "0x10" and "1,5" among them. What no double holds is infinite.
std::optional<double> NumberIn(std::string_view text);

// The whole number that a text of digits is, without loss, white space and a plus before it aside; nothing
// where it is no such text or more than 64 bits hold.
std::optional<std::uint64_t> DigitsIn(std::string_view text);

// "true", " False ", "1", "0": what a text says in capitals or not; nothing for any other text.
std::optional<bool> TruthIn(std::string_view text);

}  // namespace flux
