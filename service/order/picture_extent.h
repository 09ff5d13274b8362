// PictureExtent: how large pictures are that a caller hands in, as far as their bytes tell, and how large a
// result is that follows one.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/picture_decoder.h"
#include "base/status.h"
#include "service/catalogue/catalogue.h"
#include "service/catalogue/limits.h"
#include "service/order/order.h"

namespace flux::service {

// The size of a picture that came as bytes or as a data URI; nullopt of one by URL, and where the beginning
// of the file does not tell.
std::optional<PictureSize> SizeOf(const v1::ImageInput& image);
// The same of a picture said as text.
std::optional<PictureSize> SizeOfText(std::string_view text);

// What is wrong with a picture of this size, which may be unknown, for a rule with limits.
Problem SizeProblem(const ModelRow& row, const FieldRule& rule, std::optional<PictureSize> size);

// The size of a result that follows the order's picture, grown as the order says; nullopt where the picture's
// is not known.
std::optional<PictureSize> FollowedSize(const ModelRow& row, const Order& order);

// A result that would be larger than the model makes.
std::optional<Violation> GrowthProblem(const ModelRow& row, const Order& order);

}  // namespace flux::service
