// Observer: what operators see of each generation: metrics and the one receipt line.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "flux/v1/generation.pb.h"

namespace prometheus {
class Registry;
}

namespace flux::service {

// One finished RPC, successful or not.
struct Observation {
  std::string_view rpc;    // "TextToImage"
  std::string_view model;  // as asked for; unknown names are counted as "unknown"
  std::string_view request_id;
  const Result<v1::Generation>& result;
  std::chrono::duration<double> total;
};

// Series:
//   flux_service_requests_total{rpc,model,reason}        flux_service_request_duration_seconds{rpc}
//   flux_service_overhead_seconds   flux_service_requests_in_flight
//   flux_service_images_total{model}  flux_service_flagged_images_total{model}
//   flux_service_megapixels_total{model} flux_service_estimated_usd_total{model}
// Thread-safe. Labels come from closed lists only.
class Observer {
 public:
  Observer(prometheus::Registry& registry, Log* log, const std::vector<std::string>& models);
  ~Observer();

  void Begin();
  void End(const Observation& observation);

 private:
  struct Series;
  std::unique_ptr<Series> series_;
  Log* log_;  // null: no receipts
};

}  // namespace flux::service
