// Control: /_sim/*, what people and tests ask of the simulator itself. No key. It is not part of fal.
//
//   GET    /_sim            models, faults, error types and these routes
//   GET    /_sim/ledger     what was billed, how many ran at a time      DELETE forgets bills, requests,
//   counts GET    /_sim/requests   the last bodies that came in GET    /_sim/limits     {"max_concurrency":
//   10, "latency_ms": 50}    PUT sets one or both POST   /_sim/faults     {"fault": "503", "count": 2,
//   "after": 5, "model": "fal-ai/flux/dev"} arms the next
//                           generations, of that model, after five       DELETE clears
#pragma once

#include <string>
#include <string_view>

#include "sim/doors/admission.h"
#include "sim/faults/armed_faults.h"
#include "sim/http/pause.h"
#include "sim/http/reply.h"
#include "sim/ledger/ledger.h"

namespace flux::sim {

// Thread-safe. Borrows what it shows and sets.
class Control {
 public:
  Control(Ledger& ledger, Admission& admission, ArmedFaults& armed, Pause& pause)
      : ledger_(ledger), admission_(admission), armed_(armed), pause_(pause) {}

  Reply Answer(std::string_view method, std::string_view path, const std::string& body);

 private:
  using Handler = Reply (Control::*)(const std::string& body);
  struct Route {
    std::string_view method;
    std::string_view path;
    Handler handler;
  };
  static const Route kRoutes[];

  Reply Index(const std::string& body);
  Reply Bills(const std::string& body);
  Reply Forget(const std::string& body);
  Reply Requests(const std::string& body);
  Reply Limits(const std::string& body);
  Reply SetLimits(const std::string& body);
  Reply Arm(const std::string& body);
  Reply Disarm(const std::string& body);

  Ledger& ledger_;
  Admission& admission_;
  ArmedFaults& armed_;
  Pause& pause_;
};

}  // namespace flux::sim
