// Exif: how a camera was held. fal turns a picture as its Exif data says before it looks at its size.
#pragma once

#include <string_view>

namespace flux::sim {

// Whether the content of a JPEG's APP1 segment, "Exif" with what follows, says that width and height change
// places (orientations 5 to 8). False for whatever it cannot read, as fal's library has it.
bool ExifSwapsSides(std::string_view segment);

}  // namespace flux::sim
