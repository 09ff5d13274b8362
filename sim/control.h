// Control: /_sim/*, what people and tests ask of the simulator itself. No key. It is not part of fal.
//
//   GET    /_sim            models, faults and these routes
//   GET    /_sim/ledger     what was billed        DELETE forgets bills and requests
//   GET    /_sim/requests   the last bodies that came in
//   POST   /_sim/faults     {"fault": "503", "count": 2} arms the next generations      DELETE clears
#pragma once

#include <string>
#include <string_view>

#include "sim/admission.h"
#include "sim/faults.h"
#include "sim/ledger.h"
#include "sim/reply.h"

namespace flux::sim {

// Thread-safe. Borrows what it shows.
class Control {
 public:
  Control(Ledger& ledger, Admission& admission, ArmedFaults& armed)
      : ledger_(ledger), admission_(admission), armed_(armed) {}

  Reply Answer(std::string_view method, std::string_view path, const std::string& body);

 private:
  Reply Bills() const;
  Reply Arm(const std::string& body);

  Ledger& ledger_;
  Admission& admission_;
  ArmedFaults& armed_;
};

}  // namespace flux::sim
