// Reads fal's JSON and adds what only we know: attempts, waits and times.
#include "service/purchase/exchange.h"

#include <google/protobuf/util/time_util.h>

#include <utility>

#include "service/fal/fal_json.h"

namespace flux::service {

google::protobuf::Duration ToProto(SteadyTime::duration duration) {
  return google::protobuf::util::TimeUtil::NanosecondsToDuration(std::chrono::nanoseconds(duration).count());
}

bool IsLost(const Status& status) {
  if (status.billed != Billed::kMaybe) return false;
  return !status.upstream || status.reason == Reason::kUpstreamProtocol ||
         status.reason == Reason::kUpstreamTimeout || status.reason == Reason::kUpstreamConnectionLost;
}

Result<v1::Generation> ReadExchange(const std::string& model, const UnitPrice& price,
                                    const v1::PriceEstimate& estimate, fal::FalReply reply,
                                    const ExchangeTimes& times) {
  const auto queued = std::chrono::duration_cast<SteadyTime::duration>(reply.queued);
  const std::uint32_t queue_position = reply.queue_position;
  const int attempts = reply.attempts;
  Result<v1::Generation> made = FromFalJson(price, estimate, std::move(reply));
  if (!made) return made;
  made->set_model(model);
  made->set_attempts(static_cast<std::uint32_t>(attempts));
  made->set_queue_position(queue_position);
  *made->mutable_timings()->mutable_queued() = ToProto(queued);
  *made->mutable_timings()->mutable_upstream() = ToProto(times.answered - times.sent - queued);
  *made->mutable_timings()->mutable_total() = ToProto(times.answered - times.arrived);
  return made;
}

}  // namespace flux::service
