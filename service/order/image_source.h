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
// fal-api §6: fal's own cap on addresses.
inline constexpr std::size_t kMaxUrlBytes = 2048;

// Media type by the first bytes: JPEG, PNG, WebP, GIF or AVIF (fal-api §6); empty for anything else.
std::string_view SniffImage(std::string_view bytes);

// What is wrong with an address that fal is to download from: not http(s), too long, with credentials.
std::optional<std::string> UrlProblem(const std::string& url);

// What is wrong with a picture said as text: a URL or a data URI.
std::optional<std::string> ImageTextProblem(const std::string& text);

// What is wrong with this input, as a predicate that says what to change; nullopt where nothing is.
std::optional<std::string> ImageProblem(const v1::ImageInput& image);

}  // namespace flux::service
