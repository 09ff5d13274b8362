// AVIF: whether a file says that it is one, and the size that it claims. Reads its boxes (ISO 14496-12, HEIF,
// AV1 Image File Format), decodes no pixels.
#pragma once

#include <optional>
#include <string_view>

#include "sim/apps/size.h"

namespace flux::sim {

// By its file type box: the brand "avif", or "avis" for sequences, as the main one or among the others.
bool IsAvif(std::string_view bytes);

// The size of the primary picture as it is shown, turned where it is to be turned. Nothing where the boxes
// cannot be read.
std::optional<Pixels> ReadAvifSize(std::string_view bytes);

}  // namespace flux::sim
