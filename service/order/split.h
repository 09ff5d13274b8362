// Several pictures from a model that makes one at a time: one order, several purchases (`split_images`).
#pragma once

#include <cstdint>

#include "service/catalogue/catalogue.h"
#include "service/order/order.h"

namespace flux::service {

// How many purchases a valid order takes: `num_images` where `split_images` is set and the model makes one
// picture at a time, else 1.
std::uint32_t PurchasesOf(const ModelRow& row, const Order& order);

// The order of purchase `index`, from 0: one picture, with `index` added to the seed where there is one.
// Where the order takes one purchase, the order itself.
Order PurchaseOf(const ModelRow& row, const Order& order, std::uint32_t index);

}  // namespace flux::service
