// What an order is thought to cost. Estimates from the catalogue's prices; decides no budget.
#pragma once

#include <optional>

#include "flux/v1/generation.pb.h"
#include "service/catalogue/catalogue.h"
#include "service/order/order.h"

namespace flux::service {

// Before buying, for all pictures, also those of further purchases (split.h). Megapixels are rounded up per
// picture, as fal bills them (fal-api §8). Without a size in the order the model's default counts; where
// there is none, the result is as large as the input picture, where that came as bytes and tells its size;
// else (a picture by URL, a model that chooses or takes ratios) one megapixel is assumed. The same goes for
// every picture handed in where those count. A model with classes of pixels has a price for each. Saturates
// instead of overflowing.
v1::PriceEstimate EstimatePrice(const ModelRow& row, const Order& order);

// What one unit costs: the first, where that has a price of its own.
v1::PriceEstimate UnitPriceOf(const ModelRow& row);

// After buying: `billed_units` are fal's own (fal::BillableUnits) for one purchase, of one picture where the
// first unit has a price of its own; without them the estimate stays.
v1::PriceEstimate CorrectPrice(const UnitPrice& price, v1::PriceEstimate estimate,
                               std::optional<double> billed_units);

}  // namespace flux::service
