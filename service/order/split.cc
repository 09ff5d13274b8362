// Counts how many purchases an order needs, and makes the order of each one.
#include "service/order/split.h"

namespace flux::service {

std::uint32_t PurchasesOf(const ModelRow& row, const Order& order) {
  const bool split = MaxImages(row) == 1 && order.split_images.value_or(false);
  return split ? order.num_images.value_or(1) : 1;
}

Order PurchaseOf(const ModelRow& row, const Order& order, std::uint32_t index) {
  if (PurchasesOf(row, order) == 1) return order;
  Order one = order;
  one.num_images.reset();
  one.split_images.reset();
  if (one.seed) *one.seed += index;
  return one;
}

}  // namespace flux::service
