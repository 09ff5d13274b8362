// Status: one failure, with everything its reader needs. A value type; success is the absence of a Status
// (result.h).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/reason.h"

namespace flux {

// One refused field.
struct Violation {
  std::string field;    // path in the request, e.g. "image_size.width"
  std::string message;  // what to change, e.g. "must be at most 12"

  bool operator==(const Violation&) const = default;
};

// What fal answered, where it answered.
struct UpstreamError {
  int http_status = 0;
  std::string request_id;  // x-fal-request-id; may be empty
  std::string body;  // JSON text, bounded by who fills it; may hold the caller's own input, so never logged

  bool operator==(const UpstreamError&) const = default;
};

// A failure. `message` is one sentence for the caller that says what to change.
struct Status {
  explicit Status(Reason why) : Status(why, std::string(RowOf(why).meaning)) {}
  Status(Reason why, std::string text) : reason(why), message(std::move(text)), billed(RowOf(why).billed) {}

  Reason reason;
  std::string message;
  Billed billed;  // starts as the row's; whoever knows better says so
  std::vector<Violation> violations;
  std::optional<std::chrono::milliseconds> retry_after;
  std::optional<UpstreamError> upstream;
  std::string job;  // under which GetJob finds the purchase; empty: it is not remembered
  std::optional<std::int64_t> budget_left_nano_usd;  // BUDGET_EXCEEDED: of the budget that stood in the way

  bool operator==(const Status&) const = default;
};

// Whether its caller may send the same request again and lose nothing: its row says that this may help, and
// it certainly cost nothing. What may have been billed is never advised to be sent again.
bool IsRetryable(const Status& status);

// The Status for refused fields: INVALID_FIELD with one sentence that names them all. `violations` is not
// empty.
Status InvalidFields(std::vector<Violation> violations);

}  // namespace flux
