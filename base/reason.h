// THE error table. Everything anybody asks about a failure (gRPC code, HTTP status, may it be resent, was it
// billed) is a column here; no other file decides it again.
#pragma once

#include <span>
#include <string_view>

namespace flux {

// Whether a failure cost money. `kMaybe` forbids every automatic resend.
enum class Billed { kNo, kMaybe, kYes };

// Why something failed. Names in `ReasonRow::name` are public: callers branch on them.
enum class Reason {
  // Refused by the gateway before anything was asked of the service.
  kMalformedRequest,
  kInvalidJson,
  kInvalidForm,
  kUnsupportedEndpoint,
  kMethodNotAllowed,
  kHostNotAllowed,
  kRequestTimeout,
  kPayloadTooLarge,
  kUnsupportedMediaType,
  kHeadersTooLarge,
  kExpectationFailed,
  kTransferEncodingUnsupported,
  kVersionUnsupported,
  kUnsupportedHeader,
  kOriginNotAllowed,
  kModelNotAllowed,
  kRateLimited,
  kConcurrencyLimited,
  kOverloaded,
  kShuttingDown,
  kServiceUnavailable,
  kServiceLost,
  // Refused by the service before anything was sent to fal.
  kUnauthenticated,
  kServiceOverloaded,
  kInvalidField,
  kUnknownModel,
  kDeadlineExceeded,
  kInvalidIdempotencyKey,
  kIdempotencyKeyReused,
  kOutcomeUnknown,
  kJobOver,
  kBudgetExceeded,
  kStoreUnavailable,
  kUnknownJob,
  kNothingToRedeliver,
  kWebhookRefused,
  // What fal, or the way to fal, did.
  kUpstreamRejectedInput,
  kContentPolicy,
  kUpstreamThrottled,
  kUpstreamUnreachable,
  kUpstreamUntrusted,
  kUpstreamBusy,
  kUpstreamError,
  kUpstreamTimeout,
  kUpstreamConnectionLost,
  kUpstreamAccount,
  kUpstreamNotFound,
  kUpstreamProtocol,
  kUpstreamNoImages,
  kUpstreamReplyTooLarge,
  // Either side.
  kCancelled,
  kInternal,
};

// One row of the table.
struct ReasonRow {
  Reason reason;
  std::string_view name;  // public code, e.g. "INVALID_FIELD"
  int grpc_code;          // numeric grpc::StatusCode, so that nobody needs gRPC's headers for it
  int http_status;
  bool resend;               // we may send the same request to fal again by ourselves
  bool retryable;            // trying the same request again later may help; see IsRetryable (status.h)
  Billed billed;             // unless the Status at hand knows better
  std::string_view meaning;  // for documentation
};

// Every row, in the order of the enum.
std::span<const ReasonRow> ReasonTable();

// The row of one reason. Total.
const ReasonRow& RowOf(Reason reason);

// The row with this public name; nullptr where there is none.
const ReasonRow* FindReason(std::string_view name);

// "no", "maybe" or "yes".
std::string_view Name(Billed billed);

}  // namespace flux
