// Estimates what an order costs: how many units it will be billed for, times the price of a unit. The result
// stops at the largest number instead of overflowing.
#include "service/order/price.h"

#include <absl/numeric/int128.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "service/catalogue/size.h"

namespace flux::service {
namespace {

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();

std::uint64_t Saturate(absl::uint128 value) {
  return static_cast<std::uint64_t>(std::min<absl::uint128>(value, kMost));
}

std::uint64_t MegapixelsPerImage(const ModelRow& row, const Order& order) {
  std::optional<FalSize> size;
  if (row.size == SizeStyle::kRatio) {
    // The model chooses the pixels.
  } else if (order.image_size) {
    size = ToFalSize(*order.image_size);
  } else if (const FieldRule* rule = FindRule(row, Field::kImageSize)) {
    size = FindPreset(rule->default_text);
  }
  if (!size) return 1;
  return std::max<std::uint64_t>(1, (size->PixelCount() + kMegapixel - 1) / kMegapixel);
}

std::uint64_t InputPictures(const Order& order) {
  const std::uint64_t listed = order.images ? static_cast<std::uint64_t>(order.images->size()) : 0;
  return listed + (order.image ? 1 : 0) + (order.mask ? 1 : 0);
}

std::uint64_t UnitsPerImage(const ModelRow& row, const Order& order) {
  switch (row.price.unit) {
    case v1::PRICE_UNIT_MEGAPIXEL:
      return MegapixelsPerImage(row, order);
    case v1::PRICE_UNIT_MEGAPIXEL_IN_OUT:
      return MegapixelsPerImage(row, order) + InputPictures(order);
    default:
      return 1;
  }
}

// What the units of one picture cost; 128 bits hold any product of two counts.
absl::uint128 Cost(const UnitPrice& price, std::uint64_t units) {
  if (!price.first_micro_usd || units == 0) return absl::uint128(units) * price.micro_usd;
  return absl::uint128(units - 1) * price.micro_usd + *price.first_micro_usd;
}

}  // namespace

v1::PriceEstimate EstimatePrice(const ModelRow& row, const Order& order) {
  const std::uint64_t images = order.num_images.value_or(1);
  const std::uint64_t units = UnitsPerImage(row, order);
  const std::uint64_t cost = Saturate(Cost(row.price, units));

  v1::PriceEstimate price;
  price.set_micro_usd(Saturate(absl::uint128(images) * cost));
  price.set_unit(row.price.unit);
  price.set_units(static_cast<double>(Saturate(absl::uint128(images) * units)));
  return price;
}

v1::PriceEstimate UnitPriceOf(const ModelRow& row) {
  v1::PriceEstimate price;
  price.set_micro_usd(Saturate(Cost(row.price, 1)));
  price.set_unit(row.price.unit);
  price.set_units(1);
  return price;
}

v1::PriceEstimate CorrectPrice(const UnitPrice& price, v1::PriceEstimate estimate,
                               std::optional<double> billed_units) {
  if (!billed_units) return estimate;
  const auto further = static_cast<double>(price.micro_usd);
  const double first = price.first_micro_usd ? static_cast<double>(*price.first_micro_usd) : further;
  const double units = *billed_units;
  const double cost = std::round(std::min(units, 1.0) * first + std::max(units - 1, 0.0) * further);
  // 2^64 as a double; a cast from there on would be undefined.
  estimate.set_micro_usd(cost < 0x1p64 ? static_cast<std::uint64_t>(cost) : kMost);
  estimate.set_units(units);
  return estimate;
}

}  // namespace flux::service
