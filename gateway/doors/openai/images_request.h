// images_request: what a client of OpenAI's Images API asks for, read from JSON or a form. What that API has
// and no FLUX model can do is refused by name or told in a warning; what is FLUX's own (seed, guidance_scale
// …) stays as it is, for the reader of today's JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "gateway/backend/generation_request.h"
#include "gateway/doors/unknown_fields.h"

namespace flux::gateway {

enum class ImagesPath { kGenerations, kEdits };

struct ImagesRequest {
  std::string model;                                 // as asked; empty: none
  nlohmann::json fields = nlohmann::json::object();  // under the names of today's JSON, pictures aside
  std::vector<std::string> images;                   // files, encoded
  std::vector<std::string> references;               // pictures as URLs or data URIs
  std::optional<std::string> mask;                   // a file: transparent is painted anew
  std::optional<bool> base64;                        // as response_format says
  bool stream = false;
  std::vector<std::string> warnings;  // of what was taken and makes no difference
};

// Reads a body by its Content-Type. INVALID_JSON, INVALID_FORM, UNSUPPORTED_MEDIA_TYPE, or INVALID_FIELD with
// OpenAI's names. Values are read as loosely as today's JSON (loose_json.h). `hints` says what becomes of
// what OpenAI takes as a wish about the picture and FLUX has nothing for (quality, style …): a warning or a
// refusal.
//   model, prompt           text
//   n                       1 to 10; more than one is bought one by one where the model makes one at a time
//   size                    "WIDTHxHEIGHT"; "auto" for the model's own; also "16:9" and FLUX's names of sizes
//   response_format         "url", "b64_json"
//   output_format           "png", "jpeg", "webp", as far as the model has it
//   output_compression      100
//   background              "auto", "opaque"
//   stream, partial_images  true, and 0 to 3 with it; none is sent, since FLUX tells of none
//   user, safety_identifier text; not sent on
//   image, images, mask     edits only: files of a form; in JSON URLs, data URIs or {"image_url": …}
Result<ImagesRequest> ReadImagesRequest(ImagesPath path, std::string_view content_type, std::string body,
                                        UnknownFields hints);

// The schema of the JSON form: OpenAI's names that are offered at this path. It refers to one of
// ImageReferenceSchema() by the name ImageReference where pictures are taken.
nlohmann::ordered_json ImagesSchema(ImagesPath path);
nlohmann::ordered_json ImageReferenceSchema();

// The order for `model`, a whole name of the catalogue, of `kind`. INVALID_FIELD with OpenAI's names. The
// mask is as FLUX wants it by then (mask.h).
Result<GenerationRequest> OrderOf(ImagesRequest& request, v1::ModelKind kind, std::string_view model,
                                  UnknownFields unknown);

}  // namespace flux::gateway
