// The rows of the error table; see reason.h for the columns.
#include "base/reason.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace flux {
namespace {

// Numeric values of grpc::StatusCode (google/rpc/code.proto).
enum GrpcCode {
  kGrpcCancelled = 1,
  kGrpcInvalidArgument = 3,
  kGrpcDeadlineExceeded = 4,
  kGrpcNotFound = 5,
  kGrpcPermissionDenied = 7,
  kGrpcResourceExhausted = 8,
  kGrpcFailedPrecondition = 9,
  kGrpcAborted = 10,
  kGrpcUnimplemented = 12,
  kGrpcInternal = 13,
  kGrpcUnavailable = 14,
  kGrpcUnauthenticated = 16,
};

constexpr auto kNo = Billed::kNo;
constexpr auto kMaybe = Billed::kMaybe;

// UNAVAILABLE invites gRPC clients to resend by themselves, so no row that is `maybe` has it.
constexpr std::array kTable{
    // clang-format off
    //        reason                               name                             gRPC                    HTTP  resend retry  billed
    ReasonRow{Reason::kMalformedRequest,            "MALFORMED_REQUEST",             kGrpcInvalidArgument,   400, false, false, kNo,
              "The bytes are not a well-formed HTTP/1.1 request."},
    ReasonRow{Reason::kInvalidJson,                 "INVALID_JSON",                  kGrpcInvalidArgument,   400, false, false, kNo,
              "The body is not a JSON object."},
    ReasonRow{Reason::kInvalidForm,                 "INVALID_FORM",                  kGrpcInvalidArgument,   400, false, false, kNo,
              "The body is not a form (multipart/form-data) that can be read."},
    ReasonRow{Reason::kUnsupportedEndpoint,         "UNSUPPORTED_ENDPOINT",          kGrpcUnimplemented,     404, false, false, kNo,
              "There is nothing at this path."},
    ReasonRow{Reason::kMethodNotAllowed,            "METHOD_NOT_ALLOWED",            kGrpcUnimplemented,     405, false, false, kNo,
              "The path exists, but not for this method; see the Allow header."},
    ReasonRow{Reason::kHostNotAllowed,              "HOST_NOT_ALLOWED",              kGrpcNotFound,          404, false, false, kNo,
              "The Host header names a host that is not served here."},
    ReasonRow{Reason::kRequestTimeout,              "REQUEST_TIMEOUT",               kGrpcDeadlineExceeded,  408, false, true,  kNo,
              "The request arrived too slowly."},
    ReasonRow{Reason::kPayloadTooLarge,             "PAYLOAD_TOO_LARGE",             kGrpcInvalidArgument,   413, false, false, kNo,
              "The body is larger than this server accepts."},
    ReasonRow{Reason::kUnsupportedMediaType,        "UNSUPPORTED_MEDIA_TYPE",        kGrpcInvalidArgument,   415, false, false, kNo,
              "The body is neither application/json nor untyped."},
    ReasonRow{Reason::kHeadersTooLarge,             "HEADERS_TOO_LARGE",             kGrpcInvalidArgument,   431, false, false, kNo,
              "The request line and headers are larger than this server accepts."},
    ReasonRow{Reason::kExpectationFailed,           "EXPECTATION_FAILED",            kGrpcInvalidArgument,   417, false, false, kNo,
              "The Expect header asks for something other than 100-continue."},
    ReasonRow{Reason::kTransferEncodingUnsupported, "TRANSFER_ENCODING_UNSUPPORTED", kGrpcUnimplemented,     501, false, false, kNo,
              "A transfer coding other than chunked."},
    ReasonRow{Reason::kVersionUnsupported,          "VERSION_UNSUPPORTED",           kGrpcUnimplemented,     505, false, false, kNo,
              "A protocol version other than HTTP/1.0 and HTTP/1.1."},
    ReasonRow{Reason::kUnsupportedHeader,           "UNSUPPORTED_HEADER",            kGrpcInvalidArgument,   400, false, false, kNo,
              "A header asks for something that this server does not do."},
    ReasonRow{Reason::kOriginNotAllowed,            "ORIGIN_NOT_ALLOWED",            kGrpcPermissionDenied,  403, false, false, kNo,
              "Web pages of this origin may not call this server."},
    ReasonRow{Reason::kModelNotAllowed,             "MODEL_NOT_ALLOWED",             kGrpcPermissionDenied,  403, false, false, kNo,
              "The API key is not for this model."},
    ReasonRow{Reason::kRateLimited,                 "RATE_LIMITED",                  kGrpcResourceExhausted, 429, false, true,  kNo,
              "Too many requests of this API key or address within a minute; see Retry-After."},
    ReasonRow{Reason::kConcurrencyLimited,          "CONCURRENCY_LIMITED",           kGrpcResourceExhausted, 429, false, true,  kNo,
              "Too many requests of this API key at a time."},
    ReasonRow{Reason::kOverloaded,                  "OVERLOADED",                    kGrpcUnavailable,       503, false, true,  kNo,
              "This server is at one of its limits; nothing was started."},
    ReasonRow{Reason::kShuttingDown,                "SHUTTING_DOWN",                 kGrpcInternal,          503, false, false, kMaybe,
              "This server stopped before it had the answer."},
    ReasonRow{Reason::kServiceUnavailable,          "SERVICE_UNAVAILABLE",           kGrpcUnavailable,       503, false, true,  kNo,
              "The gateway cannot reach flux-service; nothing was started."},
    ReasonRow{Reason::kServiceLost,                 "SERVICE_LOST",                  kGrpcInternal,          502, false, false, kMaybe,
              "The connection to flux-service broke while it worked."},
    ReasonRow{Reason::kUnauthenticated,             "UNAUTHENTICATED",               kGrpcUnauthenticated,   401, false, false, kNo,
              "The call has no credentials, or none that are known here."},
    ReasonRow{Reason::kServiceOverloaded,           "SERVICE_OVERLOADED",            kGrpcResourceExhausted, 503, false, true,  kNo,
              "flux-service is at one of its limits: bytes in flight, or callers waiting for fal; nothing was sent."},
    ReasonRow{Reason::kInvalidField,                "INVALID_FIELD",                 kGrpcInvalidArgument,   422, false, false, kNo,
              "A field is missing, out of range, of the wrong type, or not taken by the model."},
    ReasonRow{Reason::kUnknownModel,                "UNKNOWN_MODEL",                 kGrpcNotFound,          404, false, false, kNo,
              "There is no model of this name and kind."},
    ReasonRow{Reason::kDeadlineExceeded,            "DEADLINE_EXCEEDED",             kGrpcDeadlineExceeded,  504, false, true,  kNo,
              "Time ran out before anything was sent to fal."},
    ReasonRow{Reason::kInvalidIdempotencyKey,       "INVALID_IDEMPOTENCY_KEY",       kGrpcInvalidArgument,   400, false, false, kNo,
              "The idempotency key is not 1 to 255 printable ASCII characters."},
    ReasonRow{Reason::kIdempotencyKeyReused,        "IDEMPOTENCY_KEY_REUSED",        kGrpcFailedPrecondition, 422, false, false, kNo,
              "The idempotency key was used for another request; use a new key."},
    ReasonRow{Reason::kOutcomeUnknown,              "OUTCOME_UNKNOWN",               kGrpcAborted,           409, false, false, kMaybe,
              "The purchase of this idempotency key was sent and its outcome is not known; it is not bought again."},
    ReasonRow{Reason::kJobOver,                     "JOB_OVER",                      kGrpcFailedPrecondition, 409, false, false, kNo,
              "The job has ended already, so that it cannot be cancelled."},
    ReasonRow{Reason::kBudgetExceeded,              "BUDGET_EXCEEDED",               kGrpcResourceExhausted, 402, false, false, kNo,
              "The request may cost more than is left of a budget."},
    ReasonRow{Reason::kStoreUnavailable,            "STORE_UNAVAILABLE",             kGrpcUnavailable,       503, false, true,  kNo,
              "The store of purchases does not answer; nothing was sent."},
    ReasonRow{Reason::kUnknownJob,                  "UNKNOWN_JOB",                   kGrpcNotFound,          404, false, false, kNo,
              "There is no job of this id, or it is somebody else's, or its time is up."},
    ReasonRow{Reason::kNothingToRedeliver,          "NOTHING_TO_REDELIVER",          kGrpcFailedPrecondition, 409, false, false, kNo,
              "The job has no webhook, or is not over yet."},
    ReasonRow{Reason::kWebhookRefused,              "WEBHOOK_REFUSED",               kGrpcPermissionDenied,  403, false, false, kNo,
              "What calls itself fal's webhook has no valid signature, is too old, was here before, or is about no job of ours."},
    ReasonRow{Reason::kUpstreamRejectedInput,       "UPSTREAM_REJECTED_INPUT",       kGrpcInvalidArgument,   422, false, false, kNo,
              "fal refused the request; fal_error says why."},
    ReasonRow{Reason::kContentPolicy,               "CONTENT_POLICY",                kGrpcInvalidArgument,   422, false, false, kMaybe,
              "fal's content checker refused the prompt, an input or the result."},
    ReasonRow{Reason::kUpstreamThrottled,           "UPSTREAM_THROTTLED",            kGrpcResourceExhausted, 429, true,  true,  kNo,
              "The concurrency limit of the fal account is reached."},
    ReasonRow{Reason::kUpstreamUnreachable,         "UPSTREAM_UNREACHABLE",          kGrpcUnavailable,       503, true,  true,  kNo,
              "No connection to fal could be made; nothing was sent."},
    ReasonRow{Reason::kUpstreamUntrusted,           "UPSTREAM_UNTRUSTED",            kGrpcInternal,          502, false, false, kNo,
              "The certificate at fal's address is not trusted; nothing was sent."},
    ReasonRow{Reason::kUpstreamBusy,                "UPSTREAM_BUSY",                 kGrpcUnavailable,       503, true,  true,  kNo,
              "fal answered 503, or 502 or 504 from its own infrastructure."},
    ReasonRow{Reason::kUpstreamError,               "UPSTREAM_ERROR",                kGrpcInternal,          502, false, true,  kNo,
              "fal failed; fal documents server errors as free."},
    ReasonRow{Reason::kUpstreamTimeout,             "UPSTREAM_TIMEOUT",              kGrpcDeadlineExceeded,  504, false, false, kMaybe,
              "The request was sent and fal did not answer in time."},
    ReasonRow{Reason::kUpstreamConnectionLost,      "UPSTREAM_CONNECTION_LOST",      kGrpcInternal,          502, false, false, kMaybe,
              "The connection to fal broke after the request was sent."},
    ReasonRow{Reason::kUpstreamAccount,             "UPSTREAM_ACCOUNT",              kGrpcInternal,          502, false, false, kNo,
              "fal refused the operator's key or balance; not the caller's fault."},
    ReasonRow{Reason::kUpstreamNotFound,            "UPSTREAM_NOT_FOUND",            kGrpcInternal,          502, false, false, kNo,
              "fal has no such application; the catalogue points to the wrong place."},
    ReasonRow{Reason::kUpstreamProtocol,            "UPSTREAM_PROTOCOL",             kGrpcInternal,          502, false, false, kMaybe,
              "fal answered something that cannot be read."},
    ReasonRow{Reason::kUpstreamNoImages,            "UPSTREAM_NO_IMAGES",            kGrpcInternal,          502, false, false, kMaybe,
              "fal answered success without a picture."},
    ReasonRow{Reason::kUpstreamReplyTooLarge,       "UPSTREAM_REPLY_TOO_LARGE",      kGrpcResourceExhausted, 502, false, false, kMaybe,
              "fal's answer is larger than this server accepts."},
    ReasonRow{Reason::kCancelled,                   "CANCELLED",                     kGrpcCancelled,         499, false, false, kNo,
              "The caller left."},
    ReasonRow{Reason::kInternal,                    "INTERNAL",                      kGrpcInternal,          500, false, false, kMaybe,
              "A fault in this software."},
    // clang-format on
};

consteval bool OrderedLikeTheEnum() {
  for (std::size_t i = 0; i < kTable.size(); ++i) {
    if (static_cast<std::size_t>(kTable[i].reason) != i) return false;
  }
  return kTable.size() == static_cast<std::size_t>(Reason::kInternal) + 1;
}
static_assert(OrderedLikeTheEnum());

}  // namespace

std::span<const ReasonRow> ReasonTable() {
  return kTable;
}

const ReasonRow& RowOf(Reason reason) {
  return kTable[static_cast<std::size_t>(reason)];
}

const ReasonRow* FindReason(std::string_view name) {
  const auto row = std::ranges::find(kTable, name, &ReasonRow::name);
  return row == kTable.end() ? nullptr : &*row;
}

std::string_view Name(Billed billed) {
  switch (billed) {
    case Billed::kNo:
      return "no";
    case Billed::kMaybe:
      return "maybe";
    case Billed::kYes:
      return "yes";
  }
  return "maybe";
}

}  // namespace flux
