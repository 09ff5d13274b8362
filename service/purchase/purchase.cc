// Look up, check, price, send, read.
#include "service/purchase/purchase.h"

#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "base/together.h"
#include "service/model/fal_json.h"
#include "service/model/price.h"
#include "service/model/split.h"
#include "service/model/validate.h"
#include "service/purchase/join.h"

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

asio::awaitable<Result<v1::Generation>> Purchaser::Buy(Order order, PurchaseContext context) const {
  const Result<const ModelRow*> row = Check(order);
  if (!row) co_return row.error();
  if (!order.fetch_images.value_or(false)) co_return co_await Make(**row, order, std::move(context));

  const SteadyTime arrived = context.arrived;
  const SteadyTime deadline = AnswerBy(clock_.Now(), context.deadline);
  Result<v1::Generation> made = co_await Make(**row, order, std::move(context));
  if (!made) co_return made;
  co_await delivery_.Fetch(*made, deadline);
  *made->mutable_timings()->mutable_total() = ToProto(clock_.Now() - arrived);
  co_return made;
}

asio::awaitable<Result<v1::Generation>> Purchaser::Make(const ModelRow& row, Order order,
                                                        PurchaseContext context) const {
  const SteadyTime start = clock_.Now();
  if (context.deadline <= start) co_return Status(Reason::kDeadlineExceeded);

  struct Part {
    v1::PriceEstimate estimate;
    fal::FalCall call;
  };
  std::vector<Part> parts(PurchasesOf(row, order));
  for (std::uint32_t i = 0; i < parts.size(); ++i) {
    const Order part = PurchaseOf(row, order, i);
    parts[i].estimate = EstimatePrice(row, part);
    parts[i].call = {.endpoint = row.fal_endpoint,
                     .body = std::make_shared<const std::string>(ToFalJson(row, part)),
                     .deadline = AnswerBy(start, context.deadline),
                     .model = row.name,
                     .request_id = context.request_id,
                     .caller = context.caller,
                     .traceparent = context.traceparent};
  }
  if (context.order_read) context.order_read();

  const auto exchange = [&](std::size_t i) {
    return Exchange(row, std::move(parts[i].estimate), std::move(parts[i].call), context.arrived);
  };
  if (parts.size() == 1) co_return co_await exchange(0);
  std::function<asio::awaitable<Result<v1::Generation>>(std::size_t)> each = exchange;
  co_return Join(co_await Together<Result<v1::Generation>>(parts.size(), std::move(each)));
}

asio::awaitable<Result<v1::Generation>> Purchaser::Exchange(const ModelRow& row, v1::PriceEstimate estimate,
                                                            fal::FalCall call, SteadyTime arrived) const {
  const SteadyTime start = clock_.Now();
  Result<fal::FalReply> reply = co_await transport_.Send(std::move(call));
  const SteadyTime answered = clock_.Now();
  if (!reply) co_return std::move(reply).error();

  const auto queued = std::chrono::duration_cast<SteadyTime::duration>(reply->queued);
  const std::uint32_t queue_position = reply->queue_position;
  const int attempts = reply->attempts;
  Result<v1::Generation> made = FromFalJson(row, estimate, std::move(*reply));
  if (made) {
    made->set_model(row.name);
    made->set_attempts(static_cast<std::uint32_t>(attempts));
    made->set_queue_position(queue_position);
    *made->mutable_timings()->mutable_queued() = ToProto(queued);
    *made->mutable_timings()->mutable_upstream() = ToProto(answered - start - queued);
    *made->mutable_timings()->mutable_total() = ToProto(clock_.Now() - arrived);
  }
  co_return made;
}

}  // namespace flux::service
