// flux: today's public JSON and back. Takes what is beyond doubt, whatever its type (loose_json.h);
// refuses the rest by name; leaves ranges, and names that it does not know, to the service.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "flux/v1/generation.pb.h"
#include "flux/v1/models.pb.h"
#include "gateway/backend/generation_request.h"
#include "gateway/doors/unknown_fields.h"

namespace flux::gateway {

// A model's path is this and its name; the name starts with its kind.
inline constexpr std::string_view kBeforeModel = "/api/v1/flux/";

// The kind that a model's name begins with; MODEL_KIND_UNSPECIFIED where it begins with none.
v1::ModelKind KindNamed(std::string_view model);

// A JSON body as the request of the RPC for `kind`. Errors: INVALID_JSON with the sentence of today's
// service, or INVALID_FIELD with all violations at once.
//   null, "", false                  not set; false not of a boolean, and blank text not of a prompt
//   numbers, booleans                may be text, with white space around it
//   num_inference_steps, num_images  0 counts as not set, as today; guidance_scale 0 is a value
//   seed                             a number or a string of digits, 0 to 2^64-1; -1 for random
//   safety_tolerance                 text; a number or boolean never switches a checker off
//   enable_safety_checker            off only by the boolean false; neither text nor 0 says that
//   aspect_ratio, image_size         the same field: "16:9", "landscape_4_3" or {"width":…,"height":…}; a
//                                    side that is not said is fal's 512; 0 is not set, as today
//   image_url, mask_url              an http(s) URL or a data URI; image_urls a list of such
//   idempotency_key                  text; what it may hold is checked by who buys (generate.h). Where
//                                    nothing else is wrong, one that is no text, or empty, is
//                                    INVALID_IDEMPOTENCY_KEY
//   on_disconnect                    "cancel" or "finish"
//   queue_priority                   "normal" or "low"
//   webhook_url                      a URL that can be called (web_url.h); only where `webhook_url` is given,
//                                    where it is left
//   anything else                    may be the chosen model's own (`GenerationParameters.extra`)
Result<GenerationRequest> ParseFlux(v1::ModelKind kind, std::string_view model, std::string body,
                                    UnknownFields unknown = UnknownFields::kWarn,
                                    std::string* webhook_url = nullptr);

// Pictures that came as files, encoded as they came; their types are read from their first bytes.
struct FluxUploads {
  std::vector<std::string> images;
  std::optional<std::string> mask;
};

// The same from an object that is JSON already, which is emptied of its pictures; files count as pictures of
// "image_url", or of "image_urls" where the model takes several, and of "mask_url".
Result<GenerationRequest> ReadFlux(v1::ModelKind kind, std::string_view model, nlohmann::json& object,
                                   FluxUploads uploads, UnknownFields unknown,
                                   std::string* webhook_url = nullptr);

// {"success":true,"data":{…},"processing_time":N}: today's reply. Pictures that came as bytes become data
// URIs. `further` warnings are told after the generation's own.
std::string RenderFlux(const v1::Generation& generation, std::int64_t processing_ms,
                       std::span<const std::string> further = {});

// Appends that reply's members beside "success": "data", "processing_time", and "warnings" where there are
// any.
void AppendFlux(const v1::Generation& generation, std::int64_t processing_ms, std::string& out,
                std::span<const std::string> further = {});

// Appends the pictures as the list that both fal and today's reply have: [{"url","width","height",
// "content_type"}], members without a value left out.
void AppendPictures(const v1::Generation& generation, std::string& out);

// What callers of this dialect call the flux.v1 field at the head of a path: "image.url" is "image_url.url".
std::string PublicName(std::string_view field);

// Gives every violation its public name.
void RenameViolations(Status& status);

}  // namespace flux::gateway
