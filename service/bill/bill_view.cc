// One view of the records, as a message.
#include "service/bill/bill_view.h"

#include <google/protobuf/util/time_util.h>

#include <utility>

namespace flux::service {
namespace {

google::protobuf::Timestamp ToTimestamp(WallTime time) {
  return google::protobuf::util::TimeUtil::MillisecondsToTimestamp(
      std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count());
}

v1::BillFindingKind ToProto(FindingKind kind) {
  switch (kind) {
    case FindingKind::kUncharged:
      return v1::BILL_FINDING_KIND_UNCHARGED;
    case FindingKind::kUnexpected:
      return v1::BILL_FINDING_KIND_UNEXPECTED;
    case FindingKind::kUnexplained:
      break;
  }
  return v1::BILL_FINDING_KIND_UNEXPLAINED;
}

}  // namespace

asio::awaitable<Result<v1::Bill>> ShowBill(BillRecords& records, std::optional<std::string> caller,
                                           std::string first_day, std::chrono::milliseconds lag) {
  BillQuery query{.caller = std::move(caller), .first_day = std::move(first_day), .lag = lag};
  const Result<BillView> view = co_await records.View(std::move(query));
  if (!view) co_return view.error();
  v1::Bill bill;
  if (view->fetched_at) *bill.mutable_fetched_at() = ToTimestamp(*view->fetched_at);
  for (const BillDay& day : view->days) {
    if (!day.explained) {
      v1::UnexplainedCharges& charges = *bill.add_unexplained();
      charges.set_day(day.day);
      charges.set_endpoint(day.model);
      charges.set_requests(day.charges);
      charges.set_charged_nano_usd(day.charged_nano_usd);
      continue;
    }
    v1::BillLine& line = *bill.add_lines();
    line.set_day(day.day);
    line.set_model(day.model);
    line.set_purchases(day.purchases);
    line.set_estimated_nano_usd(day.estimated_nano_usd);
    line.set_settled_nano_usd(day.settled_nano_usd);
    line.set_charges(day.charges);
    line.set_charged_nano_usd(day.charged_nano_usd);
  }
  for (const Finding& finding : view->findings) {
    v1::BillFinding& shown = *bill.add_findings();
    shown.set_kind(ToProto(finding.kind));
    *shown.mutable_at() = ToTimestamp(finding.at);
    shown.set_fal_request_id(finding.fal_request_id);
    shown.set_endpoint(finding.endpoint);
    shown.set_model(finding.model);
    shown.set_job_id(finding.job);
    shown.set_believed_nano_usd(finding.settled_nano_usd);
    shown.set_charged_nano_usd(finding.charged_nano_usd);
  }
  co_return bill;
}

}  // namespace flux::service
