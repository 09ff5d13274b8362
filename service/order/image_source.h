// A picture that a caller hands in: is it one, and which? Knows containers by their first bytes; decodes
// nothing.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "flux/v1/generation.pb.h"

namespace flux::service {

// Most of one picture handed in as bytes. fal downloads 50 MiB of one given by URL (fal-api §6); what it
// takes as a data URI is not documented, so this is what callers are promised.
inline constexpr std::size_t kMaxImageBytes = 64 * 1024 * 1024;
inline constexpr std::string_view kTooLarge = "must be at most 64 MiB";
// What no server and no proxy reads beyond. Signed addresses are longer than the 2,048 bytes of fal's own
// type for addresses (fal-api §6), which no FLUX app is known to use.
inline constexpr std::size_t kMaxUrlBytes = 8192;

// The files that every model understands, as errors name them.
inline constexpr std::string_view kImageTypes = "JPEG, PNG, WebP, GIF or AVIF";

// What is wrong with an address that fal is to download from: not http(s), too long, with credentials. White
// space at its ends does not count: fal gets it without.
std::optional<std::string> UrlProblem(std::string_view text);

// What is wrong with a picture said as text: a URL or a data URI.
std::optional<std::string> ImageTextProblem(std::string_view text);

// What is wrong with this input, as a predicate that says what to change; nullopt where nothing is.
std::optional<std::string> ImageProblem(const v1::ImageInput& image);

}  // namespace flux::service
