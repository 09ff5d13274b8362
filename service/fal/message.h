// What goes to fal and what comes back, as plain data: no network, no coroutines.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.h"

namespace flux::fal {

// The least time that an exchange can be of use: FLUX takes 1 to 15 s (fal-api §2). What would have less time
// left is not sent from a queue, and not sent again: nobody would see the picture that it buys.
inline constexpr std::chrono::seconds kShortestExchange{1};

class SendLedger;  // service/wire/ledger_transport.h

// One request to fal.run.
struct FalCall {
  std::string endpoint = {};                     // fal application, e.g. "fal-ai/flux/dev"; no leading slash
  std::shared_ptr<const std::string> body = {};  // JSON text, not null; shared, because it may be 86 MB
  SteadyTime deadline = {};                      // the exchange is given up at this time
  std::string model = {};                        // public model name, for metrics and logs
  std::string request_id = {};                   // ours, for logs
  std::string caller = {};       // who asks, for fair queueing; empty is a caller like any other
  std::string traceparent = {};  // W3C trace context to pass on; empty: none
  bool inline_pictures = false;  // the answer will hold pictures: megabytes, not a kilobyte
  bool low_priority = false;     // in fal's queue after what is not; fal.run has no queue
  SendLedger* ledger = nullptr;  // is told before the first byte leaves; borrowed, null: nobody is
  int attempt = 1;               // counted by the layer that resends
};

// What fal's queue hands out for a request that it has taken (fal-api "Queue API").
struct QueueTicket {
  std::string request_id = {};  // 1 to 128 letters, digits, "-" and "_"
  // Where to look, to fetch and to cancel. Never sent our key unless they are the queue's own.
  std::string status_url = {};
  std::string response_url = {};
  std::string cancel_url = {};
};

// One complete answer of fal, whatever its status: a 404 is a successful exchange. Header values are empty
// where fal did not send them; names from fal-api: "Response headers".
struct FalReply {
  int status = 0;
  std::string body = {};
  std::string content_type = {};
  std::string request_id = {};      // x-fal-request-id
  std::string billable_units = {};  // x-fal-billable-units, a number as text
  std::string error_type = {};      // x-fal-error-type
  std::string retryable = {};       // x-fal-retryable: "true" or "false"
  std::string needs_retry = {};     // x-fal-needs-retry: "1" after a failure that passes
  std::string timeout_type = {};    // x-fal-request-timeout-type: "user" after our own limit
  std::string retry_after = {};     // retry-after
  std::string date = {};            // date: the sender's clock, which a date in retry-after goes by

  // Told by the wire and the layers above it, not by fal.
  bool from_backup = false;              // fal's backup host answered
  int attempts = 1;                      // exchanges it took
  std::uint32_t queue_position = 0;      // calls that waited for a slot when this one came
  std::chrono::nanoseconds queued = {};  // wait for the first slot
};

}  // namespace flux::fal
