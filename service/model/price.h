// What an order is thought to cost. Estimates from the catalogue's prices; decides no budget.
#pragma once

#include <optional>

#include "flux/v1/generation.pb.h"
#include "service/model/catalogue.h"
#include "service/model/order.h"

namespace flux::service {

// Before buying. Megapixels are rounded up per picture, as fal bills them (fal-api §8). Without a size in the
// order the model's default counts; where there is none (the result follows the input picture) one megapixel
// is assumed. Saturates instead of overflowing.
v1::PriceEstimate EstimatePrice(const ModelRow& row, const Order& order);

// After buying: `billed_units` are fal's own (fal::BillableUnits); without them the estimate stays.
v1::PriceEstimate CorrectPrice(const ModelRow& row, v1::PriceEstimate estimate,
                               std::optional<double> billed_units);

}  // namespace flux::service
