// Two questions, each one GET.
#include "service/wire/billing_client.h"

#include <optional>
#include <utility>

#include "service/fal/classify.h"
#include "service/wire/http_exchange.h"
#include "service/wire/url.h"

namespace flux::fal {
namespace {

// fal takes up to 10,000; this many are read in a few milliseconds.
constexpr int kPerPage = 500;

Status Free(Status status) {
  if (status.reason == Reason::kDeadlineExceeded) status = Status(Reason::kUpstreamTimeout);
  status.billed = Billed::kNo;
  return status;
}

// What an answer means that is none.
Status Refusal(const FalReply& reply) {
  const std::string status = std::to_string(reply.status);
  const Status classified = Classify(reply);
  switch (classified.reason) {
    case Reason::kUpstreamAccount:
      return Free(Status(
          classified.reason,
          "FAL_BILLING_KEY may not read the bill (permission billing:usage:read); fal answered " + status));
    case Reason::kUpstreamNotFound:
      return Free(Status(classified.reason, "fal has no bill at this address"));
    case Reason::kUpstreamThrottled:
    case Reason::kUpstreamBusy: {
      Status busy(classified.reason, "fal's bill answered " + status);
      busy.retry_after = classified.retry_after;
      return Free(std::move(busy));
    }
    default:
      break;
  }
  const Reason reason = reply.status >= 500 ? Reason::kUpstreamError : Reason::kUpstreamProtocol;
  return Free(Status(reason, "fal's bill answered " + status + ", which cannot be read"));
}

}  // namespace

// Shared with the running coroutines, so that it does not matter who is destroyed first when the loop has
// stopped.
struct CurlFalBilling::Impl {
  Impl(asio::io_context& loop, BillingOptions opts)
      : options(std::move(opts)),
        http(loop, {.https = options.url.starts_with("https:"),
                    .key = options.key,
                    .ca_file = options.ca_file,
                    .user_agent = options.user_agent,
                    .connect_timeout = options.connect_timeout}) {}

  asio::awaitable<Result<FalReply>> Get(std::string url, SteadyTime deadline) const {
    HttpRequest request{
        .url = std::move(url), .deadline = deadline, .limit = options.max_reply.count, .large_reply = true};
    Result<FalReply> reply = co_await http.Run(std::move(request));
    if (!reply) co_return Free(std::move(reply).error());
    co_return reply;
  }

  const BillingOptions options;
  const HttpExchange http;
};

CurlFalBilling::CurlFalBilling(asio::io_context& loop, BillingOptions options)
    : impl_(std::make_shared<Impl>(loop, std::move(options))) {}

CurlFalBilling::~CurlFalBilling() = default;

asio::awaitable<Result<BillingPage>> CurlFalBilling::Events(BillingQuery query, SteadyTime deadline) {
  const std::shared_ptr<Impl> impl = impl_;
  std::string url = impl->options.url +
                    "/v1/models/billing-events?start=" + EscapeQuery(Iso8601(query.start)) +
                    "&end=" + EscapeQuery(Iso8601(query.end)) + "&limit=" + std::to_string(kPerPage);
  if (!query.cursor.empty()) url += "&cursor=" + EscapeQuery(query.cursor);
  const Result<FalReply> reply = co_await impl->Get(std::move(url), deadline);
  if (!reply) co_return reply.error();
  std::optional<BillingPage> page;
  if (!IsFailure(*reply)) page = ReadBillingPage(reply->body);
  if (!page) co_return Refusal(*reply);
  co_return *std::move(page);
}

asio::awaitable<Result<std::int64_t>> CurlFalBilling::Credits(SteadyTime deadline) {
  const std::shared_ptr<Impl> impl = impl_;
  const Result<FalReply> reply =
      co_await impl->Get(impl->options.url + "/v1/account/billing?expand=credits", deadline);
  if (!reply) co_return reply.error();
  std::optional<std::int64_t> credits;
  if (!IsFailure(*reply)) credits = ReadCredits(reply->body);
  if (!credits) co_return Refusal(*reply);
  co_return *credits;
}

}  // namespace flux::fal
