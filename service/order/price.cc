// Estimates what an order costs: how many units it will be billed for, times the price of a unit. The result
// stops at the largest number instead of overflowing.
#include "service/order/price.h"

#include <absl/numeric/int128.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "service/catalogue/size.h"
#include "service/order/picture_extent.h"

namespace flux::service {
namespace {

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();

std::uint64_t Saturate(absl::uint128 value) {
  return static_cast<std::uint64_t>(std::min<absl::uint128>(value, kMost));
}

std::uint64_t Megapixels(std::uint64_t pixels) {
  return std::max<std::uint64_t>(1, (pixels + kMegapixel - 1) / kMegapixel);
}

// Of a picture whose size is not known: one.
std::uint64_t Megapixels(std::optional<PictureSize> size) {
  return size ? Megapixels(std::uint64_t{size->width} * size->height) : 1;
}

// Whether the result has the size of the order's picture, or one that follows from it.
bool FollowsPicture(const ModelRow& row, const Order& order) {
  if (IsRatio(row.size) || order.image_size || row.price.resizes_input || row.price.least_input > 0)
    return false;
  const FieldRule* rule = FindRule(row, Field::kImageSize);
  return rule == nullptr || rule->default_text.empty();
}

std::uint64_t MegapixelsPerImage(const ModelRow& row, const Order& order) {
  std::optional<FalSize> size;
  if (IsRatio(row.size)) {
    // The model chooses the pixels.
  } else if (FollowsPicture(row, order)) {
    return Megapixels(FollowedSize(row, order));
  } else if (order.image_size) {
    size = ToFalSize(*order.image_size);
  } else if (const FieldRule* rule = FindRule(row, Field::kImageSize)) {
    size = FindPreset(rule->default_text);
  }
  return size ? Megapixels(size->PixelCount()) : 1;
}

std::uint64_t BilledInput(const UnitPrice& price, std::optional<PictureSize> size) {
  const std::uint64_t all = Megapixels(size);
  return all - std::min<std::uint64_t>(all, price.free_input);
}

// Of all pictures handed in, those that an extra names as well.
std::uint64_t InputMegapixels(const ModelRow& row, const Order& order) {
  std::uint64_t sum = 0;
  const auto add = [&](const v1::ImageInput& image) {
    sum += BilledInput(row.price, row.price.resizes_input ? std::nullopt : SizeOf(image));
  };
  if (order.image) add(*order.image);
  if (order.mask) add(*order.mask);
  if (order.images) std::ranges::for_each(*order.images, add);
  for (const FieldRule& rule : row.rules) {
    if (rule.field != Field::kExtra || rule.type != v1::PARAMETER_TYPE_IMAGE || !order.extra) continue;
    const auto found = order.extra->fields().find(rule.fal_name);
    if (found == order.extra->fields().end() || found->second.string_value().empty()) continue;
    sum += BilledInput(row.price, SizeOfText(found->second.string_value()));
  }
  return std::max<std::uint64_t>(sum, row.price.least_input);
}

std::uint64_t UnitsPerImage(const ModelRow& row, const Order& order) {
  switch (row.price.unit) {
    case v1::PRICE_UNIT_MEGAPIXEL:
      return MegapixelsPerImage(row, order);
    case v1::PRICE_UNIT_MEGAPIXEL_IN_OUT:
      return MegapixelsPerImage(row, order) + InputMegapixels(row, order);
    default:
      return 1;
  }
}

// The price of the class of pixels that the order asks for, or gets without asking; nullopt where the model
// has no such classes.
std::optional<std::uint64_t> ClassPriceOf(const ModelRow& row, const Order& order) {
  if (row.class_prices.empty()) return std::nullopt;
  const FieldRule* rule = FindRule(row, Field::kResolution);
  const std::string_view usual = rule ? std::string_view(rule->default_text) : std::string_view();
  const auto found =
      std::ranges::find(row.class_prices, order.resolution.value_or(usual), &ClassPrice::resolution);
  return found == row.class_prices.end() ? std::nullopt : std::optional(found->micro_usd);
}

// What the units of one picture cost; 128 bits hold any product of two counts.
absl::uint128 Cost(const UnitPrice& price, std::uint64_t units) {
  if (!price.first_micro_usd || units == 0) return absl::uint128(units) * price.micro_usd;
  return absl::uint128(units - 1) * price.micro_usd + *price.first_micro_usd;
}

}  // namespace

v1::PriceEstimate EstimatePrice(const ModelRow& row, const Order& order) {
  const std::uint64_t images = order.num_images.value_or(1);
  if (const std::optional<std::uint64_t> one = ClassPriceOf(row, order)) {
    v1::PriceEstimate price;
    price.set_micro_usd(Saturate(absl::uint128(images) * *one));
    price.set_unit(row.price.unit);
    price.set_units(static_cast<double>(price.micro_usd()) /
                    static_cast<double>(std::max<std::uint64_t>(1, row.price.micro_usd)));
    return price;
  }
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
