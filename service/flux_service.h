// FluxService: the gRPC methods, one short method each: order, purchase, reply.
#pragma once

#include <asio/io_context.hpp>
#include <chrono>
#include <memory>

#include "base/clock.h"
#include "service/byte_budget.h"
#include "service/callers.h"
#include "service/model/catalogue.h"
#include "service/observer.h"
#include "service/purchase/purchase.h"

namespace grpc {
class Service;
}

namespace flux::service {

// What the methods work with; everything outlives the gRPC server.
struct ServiceParts {
  asio::io_context& loop;
  const Catalogue& catalogue;
  const Purchaser& purchaser;
  Observer& observer;
  const Callers& callers;
  ByteBudget& budget;
  const Clock& clock;
  std::chrono::milliseconds request_timeout;  // for callers without a deadline, and a cap for the others
};

// The implementation of flux.v1.FluxService, to be registered with a server.
std::unique_ptr<grpc::Service> MakeFluxService(ServiceParts parts);

}  // namespace flux::service
