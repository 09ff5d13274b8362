// Unpacks the details that flux-service packs.
#include "gateway/backend/rpc_status.h"

#include <google/protobuf/any.pb.h>

#include "google/rpc/status.pb.h"

namespace flux::gateway {
namespace {

// google/rpc/code.proto
constexpr int kCancelled = 1;
constexpr int kDeadlineExceeded = 4;
constexpr int kResourceExhausted = 8;
constexpr int kUnimplemented = 12;
constexpr int kUnavailable = 14;

// gRPC's own words for "there was no connection to send it on", the only trace it leaves of that.
bool NothingWasSent(std::string_view message) {
  return message.starts_with("connections to all backends failing") ||
         message.starts_with("failed to connect to all addresses") ||
         message.starts_with("empty address list") || message.starts_with("DNS resolution failed");
}

// What gRPC itself reports when the service did not answer.
Status FromTransport(int code, const std::string& message) {
  switch (code) {
    case kCancelled:
      return Status(Reason::kCancelled);
    case kDeadlineExceeded:
      return Status(Reason::kUpstreamTimeout, "flux-service did not answer in time");
    case kResourceExhausted:
      // The gateway takes results of any size, so it is the request that did not fit; gRPC refuses it by its
      // length, before it is read.
      if (message.find("Received message larger than max") != std::string::npos) {
        return Status(
            Reason::kPayloadTooLarge,
            "the request is larger than flux-service accepts; send smaller pictures, or URLs instead "
            "of bytes");
      }
      return Status(Reason::kServiceLost, "flux-service has no memory left for the call");
    case kUnimplemented:
      return Status(Reason::kInternal, "flux-service does not know this call");
    case kUnavailable:
      return NothingWasSent(message) ? Status(Reason::kServiceUnavailable) : Status(Reason::kServiceLost);
    default:
      return Status(Reason::kInternal, "flux-service failed");
  }
}

void Apply(const v1::ErrorDetail& detail, Status& status) {
  status.billed = FromProto(detail.billed(), status.billed);
  status.job = detail.job_id();
  if (detail.has_budget_left_nano_usd()) status.budget_left_nano_usd = detail.budget_left_nano_usd();
  if (detail.fal_status() == 0) return;
  status.upstream =
      UpstreamError{static_cast<int>(detail.fal_status()), detail.fal_request_id(), detail.fal_body()};
}

}  // namespace

Billed FromProto(v1::Billed billed, Billed otherwise) {
  switch (billed) {
    case v1::BILLED_NO:
      return Billed::kNo;
    case v1::BILLED_MAYBE:
      return Billed::kMaybe;
    case v1::BILLED_YES:
      return Billed::kYes;
    default:
      return otherwise;
  }
}

Status FromRpc(int code, const std::string& message, const std::string& details) {
  google::rpc::Status packed;
  google::rpc::ErrorInfo info;
  if (!packed.ParseFromString(details)) return FromTransport(code, message);
  const ReasonRow* row = nullptr;
  for (const auto& any : packed.details()) {
    if (any.UnpackTo(&info) && info.domain() == "flux.v1") row = FindReason(info.reason());
  }
  if (row == nullptr) return FromTransport(code, message);
  if (row->reason == Reason::kUnauthenticated) {
    // The operator's mistake, not the caller's.
    return Status(Reason::kServiceUnavailable, "flux-service refuses this gateway's credentials");
  }

  Status status(row->reason, packed.message());
  v1::ErrorDetail detail;
  google::rpc::BadRequest refused;
  google::rpc::RetryInfo retry;
  for (const auto& any : packed.details()) {
    if (any.UnpackTo(&detail)) {
      Apply(detail, status);
    } else if (any.UnpackTo(&refused)) {
      for (const auto& field : refused.field_violations()) {
        status.violations.push_back({field.field(), field.description()});
      }
    } else if (any.UnpackTo(&retry)) {
      status.retry_after = std::chrono::milliseconds(retry.retry_delay().seconds() * 1000 +
                                                     retry.retry_delay().nanos() / 1'000'000);
    }
  }
  return status;
}

}  // namespace flux::gateway
