// Receipts: what operators see of each generation: metrics and the one receipt line.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "flux/v1/generation.pb.h"
#include "service/catalogue/catalogue.h"
#include "service/order/order.h"
#include "service/purchase/purchase.h"
#include "service/receipts/prompt_hash.h"

namespace prometheus {
class Registry;
}

namespace flux::service {

// What is remembered of a generation from its start, since its request may be gone at its end.
struct Observation {
  std::string_view rpc;    // "TextToImage"
  std::string_view model;  // a name of the catalogue, or "unknown"; as long as the receipts
  std::string request_id;
  std::string trace_id;
  std::string caller;
  std::string prompt_hash;
  SteadyTime arrived;
};

// The RPC that buys models of this kind, "EditImage".
std::string_view RpcOf(v1::ModelKind kind);

// Series:
//   flux_service_requests_total{rpc,model,reason}        flux_service_request_duration_seconds{rpc}
//   flux_service_overhead_seconds   flux_service_requests_in_flight
//   flux_service_images_total{model}  flux_service_flagged_images_total{model}
//   flux_service_megapixels_total{model} flux_service_estimated_usd_total{model}
// Thread-safe. Labels come from closed lists only.
class Receipts {
 public:
  // `receipts` may be null: then there are none.
  Receipts(prometheus::Registry& registry, Log* receipts, const Catalogue& catalogue, const PromptHash& hash);
  ~Receipts();

  Observation Begin(const Order& order, const PurchaseContext& context);
  // What was begun is no purchase of its own: nothing is counted of it.
  void Forget();
  void End(const Observation& seen, const Result<v1::Generation>& result, SteadyTime now);

 private:
  struct Series;

  void Count(const Observation& seen, const v1::Generation& made, SteadyTime::duration total);

  const PromptHash& hash_;
  std::unique_ptr<Series> series_;
  Log* receipts_;
};

}  // namespace flux::service
