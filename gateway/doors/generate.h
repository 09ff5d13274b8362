// generate: the one way to buy a picture, waiting for it or as a job. Every door goes through here, so that
// what a key may buy, and whatever else a purchase promises, is checked in one place.
#pragma once

#include <asio/awaitable.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "gateway/backend/flux_backend.h"
#include "gateway/backend/generation_request.h"
#include "gateway/doors/door.h"

namespace flux::gateway {

// Why a purchase with this head would be refused, or nullopt: UNSUPPORTED_HEADER for a promise that its door
// does not keep (Prefer, unless `preferences`), INVALID_IDEMPOTENCY_KEY, UNSUPPORTED_MEDIA_TYPE for a body
// that is compressed, MODEL_NOT_ALLOWED. `model` is empty where only the body names it.
// Asked before the body is read.
std::optional<Status> RefusePurchase(const Request& head, const Buyer& buyer, std::string_view model,
                                     bool preferences);

// What a purchase that succeeded cost: nothing where an earlier request bought it.
Billed BilledBy(const v1::Generation& made);

// What the guard is told of one.
Outcome OutcomeOf(const v1::Generation& made);

// Thread-safe.
class Generator {
 public:
  // Borrowed.
  explicit Generator(FluxBackend& backend) : backend_(backend) {}

  // Buys what `request`, which is emptied, asks for, once where the header or `request` has an idempotency
  // key: FluxBackend::Generate, MODEL_NOT_ALLOWED, INVALID_IDEMPOTENCY_KEY, or OVERLOADED where a reply with
  // the pictures in it would find no room.
  asio::awaitable<Result<v1::Generation>> Buy(GenerationRequest& request, Exchange& exchange);

  // The same as a job, which is answered before it is done: FluxBackend::CreateJob, and as above. Its end is
  // told to `webhook_url`, or where that is empty to the buyer's own.
  asio::awaitable<Result<v1::CreateJobResponse>> Begin(GenerationRequest& request, std::string webhook_url,
                                                       Exchange& exchange);
  // The same in two steps, for a door whose reply begins before the purchase has ended. First what can be
  // refused without it; nullopt where nothing is, and then `request` and the context may be bought once.
  asio::awaitable<std::optional<Status>> Prepare(GenerationRequest& request, Exchange& exchange);
  asio::awaitable<Result<v1::Generation>> BuyPrepared(GenerationRequest& request,
                                                      const CallContext& context) {
    return backend_.Generate(request, context);
  }

  // What it would cost: FluxBackend::EstimateCost. Buys nothing; whether the caller may is asked before
  // (RefusePurchase).
  asio::awaitable<Result<v1::EstimateCostResponse>> Estimate(GenerationRequest& request,
                                                             const CallContext& context);

 private:
  asio::awaitable<Result<v1::Generation>> BuyWithRoom(GenerationRequest& request, const Exchange& exchange,
                                                      std::uint64_t bytes);

  FluxBackend& backend_;
};

}  // namespace flux::gateway
