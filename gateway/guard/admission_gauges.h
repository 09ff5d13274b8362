// AdmissionGauges: the state of admission as series, read at every scrape.
#pragma once

#include <prometheus/collectable.h>

#include "gateway/guard/admission.h"

namespace flux::gateway {

// Series: flux_gateway_api_keys, flux_gateway_rate_limit_addresses, flux_gateway_rate_limit_store_up.
// Thread-safe.
class AdmissionGauges final : public prometheus::Collectable {
 public:
  // Borrowed.
  explicit AdmissionGauges(const Admission& admission) : admission_(admission) {}

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const Admission& admission_;
};

}  // namespace flux::gateway
