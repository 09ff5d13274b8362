// Checks, then calls the backend.
#include "gateway/doors/generate.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_split.h>
#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <variant>

#include "gateway/doors/idempotency.h"
#include "gateway/doors/inline_pictures.h"
#include "gateway/http/line.h"

namespace flux::gateway {
namespace {

// Whether the body is compressed, or whatever else may have been done to it.
bool IsEncoded(const Request& head) {
  return std::ranges::any_of(head.headers, [](const auto& header) {
    const auto& [name, value] = header;
    if (!absl::EqualsIgnoreCase(name, "content-encoding")) return false;
    const auto codings = absl::StrSplit(value, ',');
    return std::any_of(codings.begin(), codings.end(), [](absl::string_view coding) {
      coding = absl::StripAsciiWhitespace(coding);
      return !coding.empty() && !absl::EqualsIgnoreCase(coding, "identity");
    });
  });
}

std::optional<Status> RefuseModel(const Buyer& buyer, std::string_view model) {
  if (buyer.MayBuy(model)) return std::nullopt;
  return Status(Reason::kModelNotAllowed, "This API key is not for the model " + std::string(model));
}

// Checks an order against its head and completes it from there: with the key, or, where there is none, with
// whether its caller has tried before.
template <typename Order>
std::optional<Status> Complete(Order& order, Exchange& exchange) {
  if (std::optional<Status> refused = RefuseModel(exchange.buyer, order.model())) return refused;
  // fal's own header. Its clients send it with every submit; whatever it says beside "low" is normal.
  const std::string_view priority = exchange.request.Header("x-fal-queue-priority");
  if (order.parameters().queue_priority() == v1::QUEUE_PRIORITY_UNSPECIFIED &&
      absl::EqualsIgnoreCase({priority.data(), priority.size()}, "low")) {
    order.mutable_parameters()->set_queue_priority(v1::QUEUE_PRIORITY_LOW);
  }
  const std::string& key = order.parameters().idempotency_key();
  const std::string_view header = exchange.request.Header(kKeyHeader);
  if (!key.empty()) return RefuseKeyField(key, header);
  if (!header.empty()) {
    order.mutable_parameters()->set_idempotency_key(std::string(header));
  } else {
    exchange.context.retry = RetryCount(exchange.request);
  }
  return std::nullopt;
}

asio::awaitable<Result<v1::Generation>> Refused(Status status) {
  co_return status;
}

}  // namespace

std::optional<Status> RefusePurchase(const Request& head, const Buyer& buyer, std::string_view model,
                                     bool preferences) {
  // Who sends it relies on it, so it is not passed over in silence.
  if (!preferences && head.Has("Prefer")) {
    return Status(Reason::kUnsupportedHeader,
                  "The Prefer header is not supported at this path; leave it out, or POST to /api/v1/flux/… "
                  "Nothing was bought.");
  }
  if (std::optional<Status> refused = RefuseKeyHeader(head.headers)) return refused;
  if (IsEncoded(head)) {
    return Status(Reason::kUnsupportedMediaType,
                  "the body must not be compressed; send it without Content-Encoding");
  }
  return model.empty() ? std::nullopt : RefuseModel(buyer, model);
}

Billed BilledBy(const v1::Generation& made) {
  return made.replayed() ? Billed::kNo : Billed::kYes;
}

Outcome OutcomeOf(const v1::Generation& made) {
  using google::protobuf::util::TimeUtil;
  const std::int64_t upstream = TimeUtil::DurationToNanoseconds(made.timings().upstream());
  return {.failure = std::nullopt, .billed = BilledBy(made), .upstream = std::chrono::nanoseconds(upstream)};
}

asio::awaitable<Result<v1::Generation>> Generator::Buy(GenerationRequest& request, Exchange& exchange) {
  std::optional<Status> refused = std::visit([&](auto& typed) { return Complete(typed, exchange); }, request);
  // No coroutine of its own: the wait is long, and its frame would stand beside the backend's.
  if (refused) return Refused(*std::move(refused));
  const std::uint64_t bytes = exchange.request.line == nullptr ? 0 : InlineBytes(request);
  return bytes == 0 ? backend_.Generate(request, exchange.context) : BuyWithRoom(request, exchange, bytes);
}

asio::awaitable<Result<v1::CreateJobResponse>> Generator::Begin(GenerationRequest& request,
                                                                std::string webhook_url, Exchange& exchange) {
  std::optional<Status> refused = co_await Prepare(request, exchange);
  if (refused) co_return *std::move(refused);
  if (webhook_url.empty()) webhook_url = exchange.buyer.Webhook();
  co_return co_await backend_.CreateJob(request, webhook_url, exchange.context);
}

asio::awaitable<Result<v1::EstimateCostResponse>> Generator::Estimate(GenerationRequest& request,
                                                                      const CallContext& context) {
  return backend_.EstimateCost(request, context);
}

asio::awaitable<std::optional<Status>> Generator::Prepare(GenerationRequest& request, Exchange& exchange) {
  std::optional<Status> refused = std::visit([&](auto& typed) { return Complete(typed, exchange); }, request);
  if (refused) co_return refused;
  const std::uint64_t bytes = exchange.request.line == nullptr ? 0 : InlineBytes(request);
  if (bytes > 0 && !co_await exchange.request.line->Reserve(bytes)) co_return NoRoomForPictures();
  co_return std::nullopt;
}

asio::awaitable<Result<v1::Generation>> Generator::BuyWithRoom(GenerationRequest& request,
                                                               const Exchange& exchange,
                                                               std::uint64_t bytes) {
  const bool room = co_await exchange.request.line->Reserve(bytes);
  if (!room) co_return NoRoomForPictures();
  co_return co_await backend_.Generate(request, exchange.context);
}

}  // namespace flux::gateway
