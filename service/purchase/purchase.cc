// Plans an order, sends what the plan says, and reads what fal answered.
#include "service/purchase/purchase.h"

#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "base/when_all.h"
#include "service/fal/fal_json.h"
#include "service/order/price.h"
#include "service/order/validate_extra.h"
#include "service/purchase/merge.h"
#include "service/purchase/plan.h"

namespace flux::service {
namespace {

using google::protobuf::util::TimeUtil;

// The caller's own timer ends at its deadline; the answer that says whether the money is gone must be there
// first. A twentieth of what is left, 250 ms at most.
SteadyTime AnswerBy(SteadyTime now, SteadyTime deadline) {
  const auto margin = std::min<SteadyTime::duration>((deadline - now) / 20, std::chrono::milliseconds(250));
  return deadline - margin;
}

google::protobuf::Duration ToProto(SteadyTime::duration duration) {
  return TimeUtil::NanosecondsToDuration(std::chrono::nanoseconds(duration).count());
}

}  // namespace

Result<v1::EstimateCostResponse> Purchaser::Estimate(const Order& order) const {
  const Result<const ModelRow*> row = CheckOrder(catalogue_, order);
  if (!row) return row.error();
  v1::EstimateCostResponse response;
  *response.mutable_price() = EstimatePrice(**row, order);
  for (std::string& sentence : PassedOver(**row, order, catalogue_.known_names())) {
    response.add_warnings(std::move(sentence));
  }
  return response;
}

Result<Purchaser::Errand> Purchaser::Prepare(const Order& order, const PurchaseContext& context) const {
  Result<Plan> plan = MakePlan(catalogue_, order);
  if (!plan) return std::move(plan).error();
  const SteadyTime now = clock_.Now();
  if (context.deadline <= now) return Status(Reason::kDeadlineExceeded);

  Errand errand{.price = plan->price,
                .parts = std::vector<Part>(plan->purchases.size()),
                .arrived = context.arrived,
                .answer_by = AnswerBy(now, context.deadline),
                .fetch_images = plan->fetch_images,
                .warnings = std::move(plan->warnings)};
  for (std::size_t i = 0; i < errand.parts.size(); ++i) {
    PlannedPurchase& purchase = plan->purchases[i];
    errand.parts[i] = {.estimate = std::move(purchase.estimate),
                       .call = {.endpoint = plan->endpoint,
                                .body = std::move(purchase.body),
                                .deadline = errand.answer_by,
                                .model = plan->model,
                                .request_id = context.request_id,
                                .caller = context.caller,
                                .traceparent = context.traceparent,
                                .inline_pictures = plan->inline_pictures}};
  }
  return errand;
}

// No coroutine: it has read its arguments before anybody waits.
asio::awaitable<Result<v1::Generation>> Purchaser::Buy(const Order& order,
                                                       const PurchaseContext& context) const {
  return Carry(Prepare(order, context));
}

asio::awaitable<Result<v1::Generation>> Purchaser::Carry(Result<Errand> errand) const {
  if (!errand) co_return std::move(errand).error();
  Result<v1::Generation> made = co_await Make(*errand);
  if (made) {
    for (std::string& sentence : errand->warnings) made->add_warnings(std::move(sentence));
  }
  if (!made || !errand->fetch_images) co_return made;
  co_await delivery_.Fetch(*made, errand->answer_by);
  *made->mutable_timings()->mutable_total() = ToProto(clock_.Now() - errand->arrived);
  co_return made;
}

asio::awaitable<Result<v1::Generation>> Purchaser::Make(Errand& errand) const {
  if (errand.parts.size() == 1) co_return co_await Exchange(errand, errand.parts[0]);
  std::function<asio::awaitable<Result<v1::Generation>>(std::size_t)> each = [&](std::size_t i) {
    return Exchange(errand, errand.parts[i]);
  };
  co_return Merge(co_await WhenAll<Result<v1::Generation>>(errand.parts.size(), std::move(each)));
}

asio::awaitable<Result<v1::Generation>> Purchaser::Exchange(const Errand& errand, Part& part) const {
  const SteadyTime start = clock_.Now();
  Result<fal::FalReply> reply = co_await transport_.Send(part.call);
  part.call.body.reset();  // may hold pictures, and those of the reply are about to be decoded
  if (!reply) co_return std::move(reply).error();
  co_return Read(errand, part, *std::move(reply), start);
}

Result<v1::Generation> Purchaser::Read(const Errand& errand, const Part& part, fal::FalReply reply,
                                       SteadyTime sent) const {
  const SteadyTime answered = clock_.Now();
  const auto queued = std::chrono::duration_cast<SteadyTime::duration>(reply.queued);
  const std::uint32_t queue_position = reply.queue_position;
  const int attempts = reply.attempts;
  Result<v1::Generation> made = FromFalJson(errand.price, part.estimate, std::move(reply));
  if (!made) return made;
  made->set_model(part.call.model);
  made->set_attempts(static_cast<std::uint32_t>(attempts));
  made->set_queue_position(queue_position);
  *made->mutable_timings()->mutable_queued() = ToProto(queued);
  *made->mutable_timings()->mutable_upstream() = ToProto(answered - sent - queued);
  *made->mutable_timings()->mutable_total() = ToProto(clock_.Now() - errand.arrived);
  return made;
}

}  // namespace flux::service
