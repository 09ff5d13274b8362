// Purchase: one generation bought from fal, from checked order to priced result. The money rules live in this
// room.
#pragma once

#include <asio/awaitable.hpp>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "flux/v1/flux_service.pb.h"
#include "flux/v1/generation.pb.h"
#include "service/bill/bought_notes.h"
#include "service/catalogue/catalogue.h"
#include "service/delivery/delivery.h"
#include "service/order/order.h"
#include "service/purchase/plan.h"
#include "service/purchase/purchase_context.h"
#include "service/wire/transport.h"

namespace flux::service {

class KeptPurchases;
using JobEnded = std::function<void(const Result<v1::Generation>& result)>;

// Buys. Lives on the event loop; borrows everything, which outlives it.
class Purchaser {
 public:
  // Without `kept` nothing is remembered; without `notes` nothing else is noted for fal's bill; without
  // `prices` the catalogue's count.
  Purchaser(const Catalogue& catalogue, fal::FalTransport& transport, Delivery& delivery, const Clock& clock,
            KeptPurchases* kept = nullptr, BoughtNotes* notes = nullptr, const Prices* prices = nullptr)
      : catalogue_(catalogue),
        transport_(transport),
        delivery_(delivery),
        clock_(clock),
        kept_(kept),
        notes_(notes),
        prices_(prices) {}

  // Nothing is sent for an order with violations (all are reported at once), for an unknown model, or when no
  // time is left. Order and context have been read when Buy returns: whoever waits for the awaitable does not
  // have to keep a request that may hold pictures.
  asio::awaitable<Result<v1::Generation>> Buy(const Order& order, const PurchaseContext& context) const;

  // Begins it as a job: KeptPurchases::Create, or as Buy fails. STORE_UNAVAILABLE where nothing is
  // remembered. Likewise, order and context have been read when it returns.
  asio::awaitable<Result<v1::CreateJobResponse>> CreateJob(const Order& order, PurchaseContext context,
                                                           JobEnded ended) const;

  // What it would cost. Checks the order as Buy does and fails as it would; sends nothing.
  Result<v1::EstimateCostResponse> Estimate(const Order& order) const;

 private:
  // One purchase.
  struct Part {
    v1::PriceEstimate estimate;
    std::size_t drawn = 0;  // of the body; see PlannedPurchase
    fal::FalCall call;
  };
  // A plan that is being carried out for somebody who waits.
  struct Errand {
    UnitPrice price;
    std::vector<Part> parts;
    SteadyTime arrived;    // when the RPC arrived
    SteadyTime answer_by;  // when its answer must be there
    bool fetch_images = false;
    std::vector<std::string> warnings;
  };

  Result<Errand> Prepare(Result<Plan> plan, const PurchaseContext& context) const;
  // For a caller that has not sent the same before, or has a key.
  asio::awaitable<Result<v1::Generation>> BuyFirst(Result<Plan> plan, const PurchaseContext& context) const;
  // For a caller that has sent the same before, without a key.
  asio::awaitable<Result<v1::Generation>> BuyAgain(Plan plan, PurchaseContext context) const;
  asio::awaitable<Result<v1::Generation>> Carry(Result<Errand> errand) const;
  // All its purchases.
  asio::awaitable<Result<v1::Generation>> Make(Errand& errand) const;
  // One of them: sends, reads. Takes the body out of its call once it is sent.
  asio::awaitable<Result<v1::Generation>> Exchange(const Errand& errand, Part& part) const;
  // Notes what fal answered, to be found again in its bill.
  void Note(const Part& part, const Result<v1::Generation>& made) const;
  // What is told of a purchase that fal may have made though its answer did not come.
  asio::awaitable<Result<v1::Generation>> Lost(const Errand& errand, const Part& part, Status status,
                                               SteadyTime sent) const;

  const Catalogue& catalogue_;
  fal::FalTransport& transport_;
  Delivery& delivery_;
  const Clock& clock_;
  KeptPurchases* const kept_;
  BoughtNotes* const notes_;
  const Prices* const prices_;
};

}  // namespace flux::service
