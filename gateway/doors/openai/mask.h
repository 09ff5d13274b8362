// mask: a mask as OpenAI's clients send it (a PNG; what is transparent is painted anew) as FLUX models want
// it (what is white is). Pure. Takes up to a few hundred milliseconds for a large one, so not on a loop.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/picture_decoder.h"
#include "base/result.h"

namespace flux::gateway {

// The most pixels of a mask: more than any model takes in, and 50 MB while it is turned round.
inline constexpr std::uint64_t kMostMaskPixels = 4096 * 4096;

// The extent of an encoded picture; nullopt where its format is not read here or its head is broken. Costs
// next to nothing.
std::optional<PictureSize> ExtentOf(std::string_view picture);

// A grey PNG of the same extent: white where the mask is wholly transparent, black elsewhere. `image`: the
// extent of the picture that is masked, where it is known. INVALID_FIELD of "mask" with what to change: not a
// PNG or a broken one, without transparency, of another extent than the picture, too large.
Result<std::string> MaskFromAlpha(std::string_view png, std::optional<PictureSize> image);

}  // namespace flux::gateway
