// Packs the details.
#include "service/rpc/rpc_status.h"

#include <google/protobuf/any.pb.h>

#include <algorithm>

#include "base/text.h"
#include "flux/v1/errors.pb.h"
#include "google/rpc/status.pb.h"

namespace flux::service {
namespace {

constexpr std::size_t kMaxText = 512;         // one sentence
constexpr std::size_t kMaxViolations = 1024;  // bytes of all violations together

v1::Billed ToProto(Billed billed) {
  switch (billed) {
    case Billed::kNo:
      return v1::BILLED_NO;
    case Billed::kMaybe:
      return v1::BILLED_MAYBE;
    case Billed::kYes:
      return v1::BILLED_YES;
  }
  return v1::BILLED_MAYBE;
}

}  // namespace

std::string SerializeDetails(const Status& status) {
  const ReasonRow& row = RowOf(status.reason);
  google::rpc::Status packed;
  packed.set_code(row.grpc_code);
  packed.set_message(Shorten(status.message, kMaxText));

  google::rpc::ErrorInfo info;
  info.set_reason(std::string(row.name));
  info.set_domain("flux.v1");
  packed.add_details()->PackFrom(info);

  v1::ErrorDetail detail;
  detail.set_billed(ToProto(status.billed));
  detail.set_retryable(IsRetryable(status));
  if (status.upstream) {
    detail.set_fal_status(static_cast<std::uint32_t>(status.upstream->http_status));
    detail.set_fal_request_id(Shorten(status.upstream->request_id, 128));
    if (status.upstream->body.size() <= kMaxFalBody) detail.set_fal_body(status.upstream->body);
  }
  detail.set_job_id(status.job);
  if (status.budget_left_nano_usd) detail.set_budget_left_nano_usd(*status.budget_left_nano_usd);
  packed.add_details()->PackFrom(detail);

  google::rpc::BadRequest refused;
  std::size_t bytes = 0;
  for (const Violation& violation : status.violations) {
    bytes += violation.field.size() + violation.message.size();
    if (bytes > kMaxViolations) break;
    auto* field = refused.add_field_violations();
    field->set_field(violation.field);
    field->set_description(violation.message);
  }
  if (refused.field_violations_size() > 0) packed.add_details()->PackFrom(refused);

  if (status.retry_after) {
    google::rpc::RetryInfo retry;
    retry.mutable_retry_delay()->set_seconds(status.retry_after->count() / 1000);
    retry.mutable_retry_delay()->set_nanos(static_cast<int>(status.retry_after->count() % 1000) * 1'000'000);
    packed.add_details()->PackFrom(retry);
  }
  return packed.SerializeAsString();
}

}  // namespace flux::service
