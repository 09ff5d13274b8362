// Pricing: GET /v1/models/pricing of the platform (fal-api §14), and what tests make of it:
//
//   GET    /_sim/prices   what was set
//   PUT    /_sim/prices   {"fal-ai/flux/dev": {"unit_price": 0.03, "unit": "megapixels"}}: the members of the
//                         app's item from now on, of whatever type; null: fal does not know the app
//   DELETE /_sim/prices   the list prices again
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "sim/faults/armed_faults.h"
#include "sim/http/pause.h"
#include "sim/http/reply.h"
#include "sim/http/request.h"
#include "sim/json.h"

namespace flux::sim {

// Thread-safe. Borrows what it is made of.
class Pricing {
 public:
  Pricing(ArmedFaults& armed, Pause& pause) : armed_(armed), pause_(pause) {}

  // Whoever asks has shown the key.
  Reply List(const Request& request);

  Reply Control(const Request& request);

 private:
  // The item of an app; nothing where fal does not know it.
  std::optional<Json> ItemOf(const std::string& endpoint) const;

  ArmedFaults& armed_;
  Pause& pause_;
  mutable std::mutex mutex_;
  std::map<std::string, Json> set_;  // guarded by mutex_; by endpoint
};

}  // namespace flux::sim
