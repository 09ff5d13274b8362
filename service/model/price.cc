// Units times unit price, saturating.
#include "service/model/price.h"

#include <absl/numeric/int128.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "service/model/size.h"

namespace flux::service {
namespace {

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();

std::uint64_t MegapixelsPerImage(const ModelRow& row, const Order& order) {
  std::optional<FalSize> size;
  if (order.image_size) {
    size = ToFalSize(*order.image_size);
  } else if (const FieldRule* rule = FindRule(row, Field::kImageSize)) {
    size = FindPreset(rule->default_text);
  }
  if (!size) return 1;
  return (size->PixelCount() + kMegapixel - 1) / kMegapixel;
}

}  // namespace

v1::PriceEstimate EstimatePrice(const ModelRow& row, const Order& order) {
  std::uint64_t units = order.num_images.value_or(1);
  // At most 2^32 pictures of 2^44 megapixels: 128 bits hold the product.
  absl::uint128 wide = units;
  if (row.price.unit == v1::PRICE_UNIT_MEGAPIXEL) wide *= MegapixelsPerImage(row, order);
  units = static_cast<std::uint64_t>(std::min<absl::uint128>(wide, kMost));
  const absl::uint128 cost = absl::uint128(units) * row.price.micro_usd;

  v1::PriceEstimate price;
  price.set_micro_usd(static_cast<std::uint64_t>(std::min<absl::uint128>(cost, kMost)));
  price.set_unit(row.price.unit);
  price.set_units(static_cast<double>(units));
  return price;
}

v1::PriceEstimate CorrectPrice(const ModelRow& row, v1::PriceEstimate estimate,
                               std::optional<double> billed_units) {
  if (!billed_units) return estimate;
  const double cost = std::round(*billed_units * static_cast<double>(row.price.micro_usd));
  // 2^64 as a double; a cast from there on would be undefined.
  estimate.set_micro_usd(cost < 0x1p64 ? static_cast<std::uint64_t>(cost) : kMost);
  estimate.set_units(*billed_units);
  return estimate;
}

}  // namespace flux::service
