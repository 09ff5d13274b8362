// flux_form: today's API as a form: pictures as files, everything else as text. A room of this door; nobody
// else includes it.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "flux/v1/models.pb.h"
#include "gateway/backend/generation_request.h"
#include "gateway/doors/unknown_fields.h"

namespace flux::gateway {

// A multipart/form-data body as the request of the RPC for `kind`. Fields have the names of the JSON form and
// are read by the same rules. Pictures are files, or text with what the JSON form takes, named image_url or
// image, mask_url or mask, and, as often as the model takes pictures, image_urls or images; "[]" at the end
// of a name changes nothing. Errors: as ParseFlux's, and INVALID_FORM.
Result<GenerationRequest> ParseFluxForm(v1::ModelKind kind, std::string_view model,
                                        std::string_view content_type, std::string body,
                                        UnknownFields unknown, std::string* webhook_url = nullptr);

}  // namespace flux::gateway
