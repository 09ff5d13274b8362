// Writes the headers.
#include "gateway/doors/render.h"

#include <google/protobuf/util/time_util.h>

#include <chrono>
#include <utility>

#include "gateway/doors/dollars.h"

namespace flux::gateway {

Reply JsonReply(int http_status, std::string body) {
  Reply reply;
  reply.status = http_status;
  reply.headers.emplace_back("Content-Type", "application/json");
  reply.body = std::move(body);
  return reply;
}

void AddAdvice(const Status& status, HeaderList& headers) {
  if (status.retry_after) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(*status.retry_after);
    headers.emplace_back("Retry-After", std::to_string(seconds.count()));
  } else if (RowOf(status.reason).http_status == 503) {
    headers.emplace_back("Retry-After", "1");
  }
  // Common SDKs resend 409 and 5xx by themselves unless told otherwise.
  const bool settled = RowOf(status.reason).http_status == 402 || RowOf(status.reason).http_status == 409;
  if (settled || status.billed != Billed::kNo) headers.emplace_back("x-should-retry", "false");
  if (status.upstream && !status.upstream->request_id.empty()) {
    headers.emplace_back("x-fal-request-id", status.upstream->request_id);
  }
  if (!status.job.empty()) headers.emplace_back("x-job-id", status.job);
  if (status.budget_left_nano_usd) {
    headers.emplace_back("x-budget-left-usd", DollarsOfNano(*status.budget_left_nano_usd));
  }
}

namespace {

// "total;dur=2310, fal;dur=2290, queue;dur=0": milliseconds, as browsers read them.
std::string TimingText(const v1::Timings& timings) {
  using google::protobuf::util::TimeUtil;
  const auto entry = [](const char* name, const google::protobuf::Duration& time) {
    return std::string(name) + ";dur=" + std::to_string(TimeUtil::DurationToMilliseconds(time));
  };
  return entry("total", timings.total()) + ", " + entry("fal", timings.upstream()) + ", " +
         entry("queue", timings.queued());
}

}  // namespace

void AddParticulars(const v1::Generation& made, HeaderList& headers) {
  using google::protobuf::util::TimeUtil;
  if (!made.fal_request_id().empty()) headers.emplace_back("x-fal-request-id", made.fal_request_id());
  if (made.has_price()) headers.emplace_back("x-cost-usd", DollarsOfMicro(made.price().micro_usd()));
  if (made.attempts() > 1) headers.emplace_back("x-fal-attempts", std::to_string(made.attempts()));
  const std::int64_t waited = TimeUtil::DurationToMilliseconds(made.timings().queued());
  if (waited > 0 || made.queue_position() > 0) {
    headers.emplace_back("x-queue-position", std::to_string(made.queue_position()));
    headers.emplace_back("x-queue-wait-ms", std::to_string(waited));
  }
  if (!made.job_id().empty()) {
    headers.emplace_back("x-job-id", made.job_id());
    headers.emplace_back("Server-Timing", TimingText(made.timings()));
  }
  if (made.replayed()) headers.emplace_back("Idempotent-Replayed", "true");
  if (made.has_budget_left_nano_usd()) {
    headers.emplace_back("x-budget-left-usd", DollarsOfNano(made.budget_left_nano_usd()));
  }
}

}  // namespace flux::gateway
