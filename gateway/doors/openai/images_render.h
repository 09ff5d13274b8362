// images_render: a generation as OpenAI's Images API tells it: one object, or one event for each picture.
// Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "flux/v1/generation.pb.h"

namespace flux::gateway {

// What a reply says beside the generation.
struct ImagesReply {
  std::int64_t created = 0;  // seconds since 1970
  bool base64 = false;       // pictures as b64_json; else as URLs
  std::vector<std::string> warnings = {};
};

// {"created","background","output_format","size","data":[{"b64_json"|"url","revised_prompt","nsfw"}],"usage",
// "model","seed","warnings"}. A picture that came as bytes is a data URI where URLs were asked for. FLUX
// counts no tokens, so that those of `usage` are 0; "cost_usd" in it is the price. Members that are not
// OpenAI's: nsfw, cost_usd, model, seed, warnings. What nobody told is left out.
std::string RenderImages(const v1::Generation& made, const ImagesReply& reply);

// The event that tells of the picture at `index`: "image_generation.completed" or "image_edit.completed", as
// `type` says, as text of a stream of events.
std::string RenderCompleted(const v1::Generation& made, int index, std::string_view type,
                            const ImagesReply& reply);

// A failure after the stream has begun; `error` is OpenAiError's.
std::string RenderErrorEvent(std::string_view error);

}  // namespace flux::gateway
