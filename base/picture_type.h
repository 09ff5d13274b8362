// picture_type: which kind of picture a file is, by its first bytes and by nothing else. Pure.
#pragma once

#include <string_view>

namespace flux {

// Media type by the first bytes: JPEG, PNG, WebP, GIF or AVIF (fal-api §6); empty for anything else.
std::string_view SniffImage(std::string_view bytes);

}  // namespace flux
