// Control: /_sim/*, what people and tests ask of the simulator itself. No key. It is not part of fal.
//
//   GET    /_sim            models, faults, error types and these routes
//   GET    /_sim/ledger     what was billed, how many ran at a time; ?prompt=, ?request_id=, ?endpoint= and
//   ?door=
//                           choose purchases    DELETE forgets bills, requests, counts and fal's history
//   GET    /_sim/requests   the last bodies that came in
//   GET    /_sim/limits     {"max_concurrency": 10, "latency_ms": 50}    PUT sets one or both
//   GET    /_sim/billing    how the bill is told    PUT sets some or all of {"percent_discount": 12.5,
//   "lag_ms": 0,
//                           "provisional_ms": 0, "short_ids": true, "credits_usd": 100}
//   POST   /_sim/faults     {"fault": "503", "count": 2, "after": 5, "model": "fal-ai/flux/dev"} arms the
//   next
//                           occasions, of that model, after five    DELETE clears
//   GET    /_sim/prices     what fal's prices were set to (pricing.h)    PUT sets    DELETE clears
//   PUT    /_sim/chaos      {"seed": 7, "rate": 0.2, "faults": ["cut", "status-500"]} draws faults at random
//   where
//                           no armed one strikes    GET tells how many of each    DELETE ends it
#pragma once

#include <string>
#include <string_view>

#include "sim/doors/admission.h"
#include "sim/faults/armed_faults.h"
#include "sim/http/pause.h"
#include "sim/http/reply.h"
#include "sim/http/request.h"
#include "sim/ledger/history.h"
#include "sim/ledger/ledger.h"

namespace flux::sim {

// Thread-safe. Borrows what it shows and sets.
class Control {
 public:
  Control(Ledger& ledger, History& history, Charges& charges, Admission& admission, ArmedFaults& armed,
          Pause& pause)
      : ledger_(ledger),
        history_(history),
        charges_(charges),
        admission_(admission),
        armed_(armed),
        pause_(pause) {}

  Reply Answer(const Request& request);

 private:
  using Handler = Reply (Control::*)(const Request& request);
  struct Route {
    std::string_view method;
    std::string_view path;
    Handler handler;
  };
  static const Route kRoutes[];

  Reply Index(const Request& request);
  Reply Bills(const Request& request);
  Reply Forget(const Request& request);
  Reply Requests(const Request& request);
  Reply Limits(const Request& request);
  Reply SetLimits(const Request& request);
  Reply ShowBilling(const Request& request);
  Reply SetBilling(const Request& request);
  Reply Arm(const Request& request);
  Reply Disarm(const Request& request);
  Reply ShowChaos(const Request& request);
  Reply SetChaos(const Request& request);
  Reply EndChaos(const Request& request);

  Ledger& ledger_;
  History& history_;
  Charges& charges_;
  Admission& admission_;
  ArmedFaults& armed_;
  Pause& pause_;
};

}  // namespace flux::sim
