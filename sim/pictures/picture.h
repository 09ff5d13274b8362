// Paints the simulator's pictures: a sky, a sun or moon, hills and sometimes water, all derived from what was
// asked, so that the same request gives the same bytes.
#pragma once

#include <cstdint>
#include <string_view>

#include "sim/pictures/codec.h"

namespace flux::sim {

// Pure. `seed` is its decimal text. Both sides of `size` are at least 1.
Picture Paint(std::string_view prompt, std::string_view seed, std::int64_t index, Pixels size);

// What a safety checker leaves of a picture (fal-api §1.7).
Picture Black(Pixels size);

}  // namespace flux::sim
