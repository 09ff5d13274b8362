// flux_size: the wanted size of a picture in today's public JSON. A room of this door; nobody else includes
// it.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

#include "flux/v1/generation.pb.h"

namespace flux::gateway {

// Reads "16:9", "landscape_4_3" or {"width":…,"height":…} into `out`. What is wrong with the value; empty:
// nothing.
std::string_view ReadImageSize(const nlohmann::json& value, v1::ImageSize& out);

}  // namespace flux::gateway
