// Platform: api.fal.ai/v1, as far as it tells what became of requests, what apps cost and what was charged
// (fal-api §14).
#pragma once

#include <string>

#include "sim/doors/billing.h"
#include "sim/doors/pricing.h"
#include "sim/faults/armed_faults.h"
#include "sim/http/pause.h"
#include "sim/http/reply.h"
#include "sim/http/request.h"
#include "sim/ledger/history.h"

namespace flux::sim {

// Borrowed; all of them outlive the door.
struct PlatformParts {
  const Clock& clock;
  History& history;
  ArmedFaults& armed;
  Pause& pause;
  Charges& charges;
  Pricing& pricing;
};

// Thread-safe.
class Platform {
 public:
  Platform(PlatformParts parts, const PlatformKeys& keys)
      : parts_(parts), keys_(keys), billing_({parts.clock, parts.charges, parts.armed, parts.pause}, keys) {}

  Reply Answer(const Request& request);

 private:
  Reply ByEndpoint(const Request& request);

  const PlatformParts parts_;
  const PlatformKeys keys_;
  Billing billing_;
};

}  // namespace flux::sim
