// Look up, check, price, send, read.
#include "service/purchase/purchase.h"

#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <memory>

#include "service/model/fal_json.h"
#include "service/model/price.h"
#include "service/model/validate.h"

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

asio::awaitable<Result<v1::Generation>> Purchaser::Buy(Order order, PurchaseContext context) const {
  const ModelRow* row = catalogue_.Find(order.model, order.kind);
  if (row == nullptr) co_return UnknownModel(order);
  std::vector<Violation> violations = Validate(*row, order);
  if (!violations.empty()) co_return InvalidFields(std::move(violations));
  const v1::PriceEstimate estimate = EstimatePrice(*row, order);

  const SteadyTime start = clock_.Now();
  if (context.deadline <= start) co_return Status(Reason::kDeadlineExceeded);
  fal::FalCall call{.endpoint = row->fal_endpoint,
                    .body = std::make_shared<const std::string>(ToFalJson(*row, order)),
                    .deadline = AnswerBy(start, context.deadline),
                    .model = row->name,
                    .request_id = context.request_id};
  Result<fal::FalReply> reply = co_await transport_.Send(std::move(call));
  const SteadyTime answered = clock_.Now();
  if (!reply) co_return std::move(reply).error();

  Result<v1::Generation> made = FromFalJson(*row, estimate, std::move(*reply));
  if (made) {
    made->set_model(row->name);
    *made->mutable_timings()->mutable_upstream() = ToProto(answered - start);
    *made->mutable_timings()->mutable_total() = ToProto(clock_.Now() - context.arrived);
  }
  co_return made;
}

}  // namespace flux::service
