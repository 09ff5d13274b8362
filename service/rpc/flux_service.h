// FluxService: the RPCs of the product, one short function each: order, purchase, reply.
#pragma once

#include <asio/io_context.hpp>
#include <chrono>
#include <memory>

#include "base/clock.h"
#include "service/catalogue/catalogue.h"
#include "service/fal/message.h"
#include "service/purchase/purchase.h"
#include "service/receipts/receipts.h"
#include "service/rpc/byte_budget.h"
#include "service/rpc/caller_auth.h"
#include "service/rpc/methods.h"
#include "service/wire/simulator_check.h"

namespace flux::service {

class JobDesk;
class KeptPurchases;

// What the methods work with; everything outlives the gRPC server.
struct ServiceParts {
  asio::io_context& loop;
  const Catalogue& catalogue;
  const Purchaser& purchaser;
  Receipts& receipts;
  const CallerAuth& callers;
  ByteBudget& budget;
  const Clock& clock;
  std::chrono::milliseconds request_timeout;  // for callers without a deadline, and a cap for the others
  KeptPurchases* kept = nullptr;              // null: nothing is remembered
  JobDesk* desk = nullptr;                    // null where `kept` is
  fal::SimulatorCheck* simulator = nullptr;   // null: it is fal that is bought from
  const Prices* prices = nullptr;             // null: the catalogue's count
};

// A call whose own deadline leaves less than this is refused, not bought: no exchange with fal is shorter,
// and a purchase whose answer nobody hears is paid all the same.
inline constexpr std::chrono::milliseconds kShortestPurchase = fal::kShortestExchange;

// Adds every RPC of flux.v1.FluxService.
void AddFluxService(Methods& methods, const ServiceParts& parts);

}  // namespace flux::service
