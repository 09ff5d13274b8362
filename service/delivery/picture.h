// A picture that was bought: is it whole, and is it what was promised? A pure function over bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/picture_decoder.h"
#include "base/result.h"
#include "base/status.h"

namespace flux::service {

// What fal's reply said of a picture.
struct PromisedPicture {
  PictureSize size = {};                  // a side of 0 was not told (fal-api §1.6)
  std::uint64_t max_pixels = 64'000'000;  // most that is decoded where a side was not told
};

// What a look at the bytes found.
struct PictureInfo {
  std::string_view content_type = {};  // by the first bytes, whatever fal called it (fal-api §1.6)
  PictureSize size = {};               // as the file says; zeros where the format is not decoded here
  std::string unchecked = {};          // why nobody knows whether it is whole; empty: it was decoded
};

// Decodes the whole picture: 6 to 45 ms per megapixel of one core (PNG and JPEG about 10), so not on an event
// loop; 256 MiB of memory at most. A picture whose header already breaks the promise costs nothing. GIF,
// AVIF, animated WebP and what would take more memory are recognised, not decoded: `unchecked` says so. A
// failure is UPSTREAM_PROTOCOL with a sentence about the picture; it was paid for all the same, so `billed`
// means nothing.
Result<PictureInfo> InspectPicture(std::string_view bytes, const PromisedPicture& promised = {});

}  // namespace flux::service
