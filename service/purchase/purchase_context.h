// What comes with an order beside its content.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"

namespace flux::service {

struct PurchaseContext {
  std::string request_id;
  SteadyTime arrived;             // when the RPC arrived
  SteadyTime deadline;            // when its caller stops waiting
  std::string caller = {};        // who asks
  std::string traceparent = {};   // W3C trace context; empty: none
  std::string key = {};           // idempotency key; empty: none
  bool finish = false;            // also when the caller leaves; with a key always
  bool cancel = false;            // the caller wants it ended when it leaves, also of a model that is slow
  bool resent = false;            // the caller's library says that it has sent the same before
  std::string webhook_url = {};   // of a job: who is told of its end; empty: nobody
  std::string webhook_host = {};  // of it
  // Of a job: what is held for as long as its bodies are; may be null.
  std::shared_ptr<void> room = {};
};

// The caller's own timer ends at its deadline; the answer that says whether the money is gone must be there
// first. A twentieth of what is left, 250 ms at most.
SteadyTime AnswerBy(SteadyTime now, SteadyTime deadline);

}  // namespace flux::service
