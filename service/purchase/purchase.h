// Purchase: one generation bought from fal, from checked order to priced result. The money rules live in this
// room.
#pragma once

#include <asio/awaitable.hpp>
#include <functional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "flux/v1/generation.pb.h"
#include "service/fal/transport.h"
#include "service/model/catalogue.h"
#include "service/model/order.h"
#include "service/purchase/delivery.h"

namespace flux::service {

// What comes with an order beside its content.
struct PurchaseContext {
  std::string request_id;
  SteadyTime arrived;            // when the RPC arrived
  SteadyTime deadline;           // when its caller stops waiting
  std::string caller = {};       // who asks
  std::string traceparent = {};  // W3C trace context; empty: none
  // Called once the order, and so the request it views, is not needed any more. May be empty.
  std::function<void()> order_read = {};
};

// Buys. Lives on the event loop; borrows everything, which outlives it.
class Purchaser {
 public:
  Purchaser(const Catalogue& catalogue, fal::FalTransport& transport, Delivery& delivery, const Clock& clock)
      : catalogue_(catalogue), transport_(transport), delivery_(delivery), clock_(clock) {}

  // Nothing is sent for an order with violations (all are reported at once), for an unknown model, or when no
  // time is left. `order` views a request that outlives the returned awaitable.
  asio::awaitable<Result<v1::Generation>> Buy(Order order, PurchaseContext context) const;

  // What it would cost. Checks the order as Buy does and fails as it would; sends nothing.
  Result<v1::PriceEstimate> Estimate(const Order& order) const;

 private:
  // All purchases of one order.
  asio::awaitable<Result<v1::Generation>> Make(const ModelRow& row, Order order,
                                               PurchaseContext context) const;
  // One purchase: sends, reads.
  asio::awaitable<Result<v1::Generation>> Exchange(const ModelRow& row, v1::PriceEstimate estimate,
                                                   fal::FalCall call, SteadyTime arrived) const;

  // The row for an order without violations.
  Result<const ModelRow*> Check(const Order& order) const;

  const Catalogue& catalogue_;
  fal::FalTransport& transport_;
  Delivery& delivery_;
  const Clock& clock_;
};

}  // namespace flux::service
