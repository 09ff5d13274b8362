// Nearest: "did you mean?" for names that are nearly right.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace flux {

// How many single changes make one name of the other: a character more, less, or another, or two neighbours
// in each other's place. Looks at the first 64 characters of each.
std::size_t EditDistance(std::string_view a, std::string_view b);

// The known name that is closest to `name`, where that is at most a third of its length away and 2 at the
// most; empty where there is none, or where `name` itself is known. Of several the first.
std::string_view Nearest(std::string_view name, std::span<const std::string_view> known);

}  // namespace flux
