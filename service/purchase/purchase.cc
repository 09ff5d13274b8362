// Plans an order, sends what the plan says, and reads what fal answered.
#include "service/purchase/purchase.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "base/when_all.h"
#include "service/fal/queue_reply.h"
#include "service/order/price.h"
#include "service/purchase/exchange.h"
#include "service/purchase/kept.h"
#include "service/purchase/merge.h"

namespace flux::service {
namespace {

// Beside a reply of this size, the request that it answers need not make room.
constexpr std::size_t kSmallReply = std::size_t{64} << 10;

// Who waits for minutes can spare the time in which to be told of the job, without which its picture would be
// lost to a caller without a key.
SteadyTime ToldBy(SteadyTime now, SteadyTime deadline) {
  return deadline - std::min<SteadyTime::duration>((deadline - now) / 5, std::chrono::seconds(1));
}

}  // namespace

SteadyTime AnswerBy(SteadyTime now, SteadyTime deadline) {
  const auto margin = std::min<SteadyTime::duration>((deadline - now) / 20, std::chrono::milliseconds(250));
  return deadline - margin;
}

Result<v1::EstimateCostResponse> Purchaser::Estimate(const Order& order) const {
  const Result<const ModelRow*> row = CheckOrder(catalogue_, order);
  if (!row) return row.error();
  v1::EstimateCostResponse response;
  v1::PriceEstimate price = EstimatePrice(**row, order);
  if (prices_ != nullptr) price = prices_->InForce(**row, std::move(price));
  *response.mutable_price() = std::move(price);
  for (std::string& sentence : WarningsOf(**row, order, catalogue_.known_names())) {
    response.add_warnings(std::move(sentence));
  }
  return response;
}

Result<Purchaser::Errand> Purchaser::Prepare(Result<Plan> plan, const PurchaseContext& context) const {
  if (!plan) return std::move(plan).error();
  const SteadyTime now = clock_.Now();
  if (context.deadline <= now) return Status(Reason::kDeadlineExceeded);

  Errand errand{.price = plan->price,
                .parts = std::vector<Part>(plan->purchases.size()),
                .arrived = context.arrived,
                .answer_by = AnswerBy(now, context.deadline),
                .fetch_images = plan->fetch_images,
                .warnings = std::move(plan->warnings)};
  if (plan->low_priority) errand.warnings.emplace_back(kNoQueue);
  for (std::size_t i = 0; i < errand.parts.size(); ++i) {
    PlannedPurchase& purchase = plan->purchases[i];
    errand.parts[i] = {.estimate = std::move(purchase.estimate),
                       .drawn = purchase.drawn,
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
  Result<Plan> plan = MakePlan(catalogue_, order, &NewSeed, prices_);
  if (kept_ != nullptr && plan && context.resent && context.key.empty())
    return BuyAgain(*std::move(plan), context);
  return BuyFirst(std::move(plan), context);
}

asio::awaitable<Result<v1::Generation>> Purchaser::BuyFirst(Result<Plan> plan,
                                                            const PurchaseContext& context) const {
  const bool slow = plan && plan->longest.count() > 0;
  if (kept_ != nullptr && plan && (slow || kept_->Wanted(context))) {
    if (context.deadline <= clock_.Now()) return Carry(Status(Reason::kDeadlineExceeded));
    PurchaseContext kept = context;
    kept.finish = context.finish || (slow && !context.cancel);
    if (slow) kept.deadline = ToldBy(clock_.Now(), context.deadline);
    return kept_->Buy(*std::move(plan), std::move(kept));
  }
  return Carry(Prepare(std::move(plan), context));
}

asio::awaitable<Result<v1::CreateJobResponse>> Purchaser::CreateJob(const Order& order,
                                                                    PurchaseContext context,
                                                                    JobEnded ended) const {
  const auto refused = [](Status status) -> asio::awaitable<Result<v1::CreateJobResponse>> {
    co_return status;
  };
  Result<Plan> plan = MakePlan(catalogue_, order, &NewSeed, prices_);
  if (!plan) return refused(std::move(plan).error());
  if (kept_ == nullptr) return refused(Status(Reason::kStoreUnavailable, "there is no store for jobs"));
  context.finish = true;
  return kept_->Create(*std::move(plan), std::move(context), std::move(ended));
}

asio::awaitable<Result<v1::Generation>> Purchaser::BuyAgain(Plan plan, PurchaseContext context) const {
  std::optional<Result<v1::Generation>> first = co_await kept_->FirstAttempt(plan, context);
  if (first) co_return *std::move(first);
  co_return co_await BuyFirst(std::move(plan), context);
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
  if (!reply && kept_ != nullptr && reply.error().billed == Billed::kMaybe) {
    co_return co_await Lost(errand, part, std::move(reply).error(), start);
  }
  if (!reply) co_return std::move(reply).error();
  // A large reply has pictures that are about to be decoded, and the body may have some, too.
  if (reply->body.size() > kSmallReply) part.call.body.reset();
  Result<v1::Generation> made = ReadExchange(part.call.model, errand.price, part.estimate, *std::move(reply),
                                             {errand.arrived, start, clock_.Now()});
  if (notes_ != nullptr) Note(part, made);
  if (!made && kept_ != nullptr && part.call.body != nullptr && IsLost(made.error())) {
    co_return co_await Lost(errand, part, std::move(made).error(), start);
  }
  part.call.body.reset();
  co_return made;
}

void Purchaser::Note(const Part& part, const Result<v1::Generation>& made) const {
  constexpr std::int64_t kNanoPerMicro = 1'000;
  const std::string* id = made ? &made->fal_request_id() : nullptr;
  if (!made && made.error().upstream) id = &made.error().upstream->request_id;
  if (id == nullptr || !fal::IsRequestId(*id)) return;
  const auto estimated = static_cast<std::int64_t>(part.estimate.micro_usd()) * kNanoPerMicro;
  const Billed billed = made ? Billed::kYes : made.error().billed;
  std::int64_t settled = billed == Billed::kNo ? 0 : estimated;
  if (made) settled = static_cast<std::int64_t>(made->price().micro_usd()) * kNanoPerMicro;
  notes_->Note({.fal_request_id = *id,
                .endpoint = part.call.endpoint,
                .caller = part.call.caller,
                .model = part.call.model,
                .billed = billed,
                .estimated_nano_usd = estimated,
                .settled_nano_usd = settled});
}

asio::awaitable<Result<v1::Generation>> Purchaser::Lost(const Errand& errand, const Part& part, Status status,
                                                        SteadyTime sent) const {
  Plan plan{.model = part.call.model,
            .endpoint = part.call.endpoint,
            .price = errand.price,
            .purchases = {},
            .inline_pictures = part.call.inline_pictures,
            .fetch_images = errand.fetch_images,
            .warnings = errand.warnings,
            .longest = {}};
  plan.purchases.push_back({.estimate = part.estimate, .body = part.call.body, .drawn = part.drawn});
  PurchaseContext context{.request_id = part.call.request_id,
                          .arrived = errand.arrived,
                          .deadline = errand.answer_by,
                          .caller = part.call.caller};
  status.job = co_await kept_->Remember(plan, 0, context, sent);
  co_return status;
}

}  // namespace flux::service
