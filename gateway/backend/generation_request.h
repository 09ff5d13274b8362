// GenerationRequest: a request for any of the generation RPCs.
#pragma once

#include <variant>

#include "flux/v1/flux_service.pb.h"

namespace flux::gateway {

using GenerationRequest = std::variant<v1::TextToImageRequest, v1::ImageToImageRequest, v1::InpaintRequest,
                                       v1::EditImageRequest, v1::TransformRequest>;

}  // namespace flux::gateway
