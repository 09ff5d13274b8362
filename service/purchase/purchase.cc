// Look up, check, price, send, read.
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
#include "service/order/split.h"
#include "service/order/validate.h"
#include "service/purchase/merge.h"

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

Status UnknownModel(const Order& order) {
  if (order.model.empty()) return InvalidFields({{"model", "is required; ListModels tells which there are"}});
  // The name is the caller's text and may be long; whoever sent it knows it.
  return Status(Reason::kUnknownModel);
}

}  // namespace

Result<const ModelRow*> Purchaser::Check(const Order& order) const {
  const ModelRow* row = catalogue_.Find(order.model, order.kind);
  if (row == nullptr) return UnknownModel(order);
  std::vector<Violation> violations = Validate(*row, order);
  if (!violations.empty()) return InvalidFields(std::move(violations));
  return row;
}

Result<v1::PriceEstimate> Purchaser::Estimate(const Order& order) const {
  const Result<const ModelRow*> row = Check(order);
  if (!row) return row.error();
  return EstimatePrice(**row, order);
}

Result<Purchaser::Plan> Purchaser::Prepare(const Order& order, const PurchaseContext& context) const {
  const Result<const ModelRow*> checked = Check(order);
  if (!checked) return checked.error();
  const SteadyTime now = clock_.Now();
  if (context.deadline <= now) return Status(Reason::kDeadlineExceeded);

  const ModelRow& row = **checked;
  Plan plan{.row = &row,
            .parts = std::vector<Part>(PurchasesOf(row, order)),
            .arrived = context.arrived,
            .answer_by = AnswerBy(now, context.deadline),
            .fetch_images = order.fetch_images.value_or(false)};
  for (std::uint32_t i = 0; i < plan.parts.size(); ++i) {
    const Order part = PurchaseOf(row, order, i);
    plan.parts[i] = {.estimate = EstimatePrice(row, part),
                     .call = {.endpoint = row.fal_endpoint,
                              .body = std::make_shared<const std::string>(ToFalJson(row, part)),
                              .deadline = plan.answer_by,
                              .model = row.name,
                              .request_id = context.request_id,
                              .caller = context.caller,
                              .traceparent = context.traceparent,
                              .inline_pictures = order.sync_mode.value_or(false)}};
  }
  return plan;
}

// No coroutine: it has read its arguments before anybody waits.
asio::awaitable<Result<v1::Generation>> Purchaser::Buy(const Order& order,
                                                       const PurchaseContext& context) const {
  return Carry(Prepare(order, context));
}

asio::awaitable<Result<v1::Generation>> Purchaser::Carry(Result<Plan> plan) const {
  if (!plan) co_return std::move(plan).error();
  Result<v1::Generation> made = co_await Make(*plan);
  if (!made || !plan->fetch_images) co_return made;
  co_await delivery_.Fetch(*made, plan->answer_by);
  *made->mutable_timings()->mutable_total() = ToProto(clock_.Now() - plan->arrived);
  co_return made;
}

asio::awaitable<Result<v1::Generation>> Purchaser::Make(Plan& plan) const {
  if (plan.parts.size() == 1) co_return co_await Exchange(plan, plan.parts[0]);
  std::function<asio::awaitable<Result<v1::Generation>>(std::size_t)> each = [&](std::size_t i) {
    return Exchange(plan, plan.parts[i]);
  };
  co_return Merge(co_await WhenAll<Result<v1::Generation>>(plan.parts.size(), std::move(each)));
}

asio::awaitable<Result<v1::Generation>> Purchaser::Exchange(const Plan& plan, Part& part) const {
  const SteadyTime start = clock_.Now();
  Result<fal::FalReply> reply = co_await transport_.Send(part.call);
  part.call.body.reset();  // may hold pictures, and those of the reply are about to be decoded
  if (!reply) co_return std::move(reply).error();
  co_return Read(plan, part, *std::move(reply), start);
}

Result<v1::Generation> Purchaser::Read(const Plan& plan, const Part& part, fal::FalReply reply,
                                       SteadyTime sent) const {
  const SteadyTime answered = clock_.Now();
  const auto queued = std::chrono::duration_cast<SteadyTime::duration>(reply.queued);
  const std::uint32_t queue_position = reply.queue_position;
  const int attempts = reply.attempts;
  Result<v1::Generation> made = FromFalJson(*plan.row, part.estimate, std::move(reply));
  if (!made) return made;
  made->set_model(plan.row->name);
  made->set_attempts(static_cast<std::uint32_t>(attempts));
  made->set_queue_position(queue_position);
  *made->mutable_timings()->mutable_queued() = ToProto(queued);
  *made->mutable_timings()->mutable_upstream() = ToProto(answered - sent - queued);
  *made->mutable_timings()->mutable_total() = ToProto(clock_.Now() - plan.arrived);
  return made;
}

}  // namespace flux::service
