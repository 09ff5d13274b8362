// FluxService: the gRPC methods, one short method each: order, purchase, reply.
#pragma once

#include <asio/io_context.hpp>
#include <chrono>
#include <memory>

#include "base/clock.h"
#include "service/catalogue/catalogue.h"
#include "service/purchase/purchase.h"
#include "service/receipts/receipts.h"
#include "service/rpc/byte_budget.h"
#include "service/rpc/caller_auth.h"

namespace grpc {
class Service;
}

namespace flux::service {

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
};

// The implementation of flux.v1.FluxService, to be registered with a server.
std::unique_ptr<grpc::Service> MakeFluxService(ServiceParts parts);

}  // namespace flux::service
