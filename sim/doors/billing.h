// Billing: what api.fal.ai/v1 tells of money (fal-api §14): the charges of requests, and the account's
// credits.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "sim/faults/armed_faults.h"
#include "sim/http/pause.h"
#include "sim/http/reply.h"
#include "sim/http/request.h"
#include "sim/ledger/charges.h"

namespace flux::sim {

// What each key may do: `key` buys and lists requests, `billing_key` reads the bill.
struct PlatformKeys {
  std::string key;
  std::string billing_key;
};

// Borrowed; all of them outlive the door.
struct BillingParts {
  const Clock& clock;
  Charges& charges;
  ArmedFaults& armed;
  Pause& pause;
};

// Thread-safe.
class Billing {
 public:
  Billing(BillingParts parts, PlatformKeys keys) : parts_(parts), keys_(std::move(keys)) {}

  // Whether a path is about money.
  static bool Owns(std::string_view path);

  Reply Answer(const Request& request);

 private:
  Reply Events(const Request& request);
  Reply Credits(const Request& request);

  const BillingParts parts_;
  const PlatformKeys keys_;
};

}  // namespace flux::sim
