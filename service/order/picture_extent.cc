// Reads no more of a picture than its beginning.
#include "service/order/picture_extent.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "base/picture_size.h"
#include "service/catalogue/size.h"
#include "service/order/data_uri.h"
#include "service/order/extra_value.h"

namespace flux::service {
namespace {

constexpr double kMostSide = 1e6;  // what is longer is no picture's

// The number that an extra says, or the model's default; 0 where there is neither.
double NumberOf(const ModelRow& row, const Order& order, const std::string& name) {
  const FieldRule* rule = FindExtra(row, name);
  if (rule == nullptr) return 0;
  if (order.extra != nullptr) {
    const auto found = order.extra->fields().find(name);
    google::protobuf::Value room;
    const google::protobuf::Value* read =
        found == order.extra->fields().end() ? nullptr : ReadExtra(*rule, found->second, room);
    if (read != nullptr && read->has_number_value() && InRange(*rule, read->number_value())) {
      return read->number_value();
    }
  }
  return std::strtod(rule->default_text.c_str(), nullptr);
}

std::uint32_t Side(double pixels) {
  return static_cast<std::uint32_t>(std::clamp(std::round(pixels), 1.0, kMostSide));
}

}  // namespace

std::optional<PictureSize> SizeOfText(std::string_view text) {
  if (!IsDataUri(text)) return std::nullopt;
  return ReadPictureSize(FirstBytes(text, kPictureHead));
}

std::optional<PictureSize> SizeOf(const v1::ImageInput& image) {
  if (image.has_data()) return ReadPictureSize(image.data());
  return image.has_data_uri() ? SizeOfText(image.data_uri()) : std::nullopt;
}

Problem SizeProblem(const ModelRow& row, const FieldRule& rule, std::optional<PictureSize> size) {
  if (!size) return std::nullopt;
  const std::string is = absl::StrCat(", not ", size->width, " x ", size->height);
  if (rule.least_side && std::min(size->width, size->height) < *rule.least_side) {
    return absl::StrCat("must have at least ", *rule.least_side, " pixels a side for ", row.name, is);
  }
  if (rule.most_pixels && std::uint64_t{size->width} * size->height > *rule.most_pixels) {
    return absl::StrCat("must have at most ", *rule.most_pixels / kMegapixel, " megapixels for ", row.name,
                        is);
  }
  return std::nullopt;
}

std::optional<PictureSize> FollowedSize(const ModelRow& row, const Order& order) {
  const std::optional<PictureSize> size = order.image != nullptr ? SizeOf(*order.image) : std::nullopt;
  if (!size) return std::nullopt;
  double width = size->width;
  double height = size->height;
  for (const std::string& name : row.growth.wider) width += NumberOf(row, order, name);
  for (const std::string& name : row.growth.taller) height += NumberOf(row, order, name);
  const double factor = row.growth.factor.empty() ? 1 : NumberOf(row, order, row.growth.factor);
  return PictureSize{Side(width * factor), Side(height * factor)};
}

std::optional<Violation> GrowthProblem(const ModelRow& row, const Order& order) {
  if (row.growth.most_side == 0) return std::nullopt;
  const std::optional<PictureSize> size = FollowedSize(row, order);
  if (!size || std::max(size->width, size->height) <= row.growth.most_side) return std::nullopt;
  return Violation{
      std::string(RowOf(Field::kImage).name),
      absl::StrCat("would become ", size->width, " x ", size->height,
                   " pixels, but no side may be "
                   "longer than ",
                   row.growth.most_side, " for ", row.name, "; hand in a smaller one, or add less to it")};
}

}  // namespace flux::service
