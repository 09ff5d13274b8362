// Platform: api.fal.ai/v1, as far as it tells what became of requests and what apps cost (fal-api §14).
#pragma once

#include <string>

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
  Pricing& pricing;
};

// Thread-safe.
class Platform {
 public:
  // `key` is the only one that is accepted.
  Platform(PlatformParts parts, std::string key) : parts_(parts), key_(std::move(key)) {}

  Reply Answer(const Request& request);

 private:
  Reply ByEndpoint(const Request& request);

  const PlatformParts parts_;
  const std::string key_;
};

}  // namespace flux::sim
