// Nearest: "did you mean?" for names that are nearly right.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace flux {

// How many single changes make one name of the other: a character more, less, or another, or two neighbours
// in each other's place. Looks at the first 64 characters of each.
std::size_t EditDistance(std::string_view a, std::string_view b);

// The known name that is closest to `name`, where that is at most one single change away, or two for a name
// of ten characters or more; empty where there is none, or where `name` itself is known. Of several the
// first. Where either name has four characters or fewer, one character makes another word ("seen", "seed"),
// so that only two neighbours in each other's place, or an s at the end, count as near.
std::string_view Nearest(std::string_view name, std::span<const std::string_view> known);

}  // namespace flux
