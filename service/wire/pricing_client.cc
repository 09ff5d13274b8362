// Batch after batch; a batch that is refused as unknown is put back as two halves.
#include "service/wire/pricing_client.h"

#include <algorithm>
#include <optional>
#include <unordered_set>
#include <utility>

#include "service/fal/classify.h"
#include "service/wire/http_exchange.h"
#include "service/wire/url.h"

namespace flux::fal {
namespace {

constexpr std::size_t kMostPerBatch = 50;  // fal's own limit

using Batch = std::vector<std::string>;

Status Free(Status status) {
  if (status.reason == Reason::kDeadlineExceeded) status = Status(Reason::kUpstreamTimeout);
  status.billed = Billed::kNo;
  return status;
}

// What an answer without prices means. fal's sentences for purchases do not fit here.
Status Refusal(const FalReply& reply) {
  const std::string status = std::to_string(reply.status);
  const Status classified = Classify(reply);
  if (classified.reason == Reason::kUpstreamAccount) {
    return Free(Status(classified.reason, "fal's key may not read prices; fal answered " + status));
  }
  if (classified.reason == Reason::kUpstreamThrottled || classified.reason == Reason::kUpstreamBusy) {
    Status busy(classified.reason, "fal answered " + status + " when asked for prices");
    busy.retry_after = classified.retry_after;
    return Free(std::move(busy));
  }
  const Reason reason = reply.status >= 500 ? Reason::kUpstreamError : Reason::kUpstreamProtocol;
  return Free(Status(reason, "fal answered " + status + " when asked for prices, which cannot be read"));
}

std::string QuestionFor(const std::string& url, const Batch& batch) {
  std::string question = url + "/v1/models/pricing";
  char separator = '?';
  for (const std::string& endpoint : batch) {
    question += separator;
    question += "endpoint_id=" + EscapeQuery(endpoint);
    separator = '&';
  }
  return question;
}

// The last batch to be asked for comes first.
std::vector<Batch> BatchesOf(std::vector<std::string> endpoints) {
  std::ranges::sort(endpoints);
  endpoints.erase(std::unique(endpoints.begin(), endpoints.end()), endpoints.end());
  std::vector<Batch> batches;
  for (std::size_t at = 0; at < endpoints.size(); at += kMostPerBatch) {
    const auto first = endpoints.begin() + static_cast<std::ptrdiff_t>(at);
    const auto size = std::min(kMostPerBatch, endpoints.size() - at);
    batches.emplace_back(first, first + static_cast<std::ptrdiff_t>(size));
  }
  std::ranges::reverse(batches);
  return batches;
}

}  // namespace

// Shared with the running coroutines, so that it does not matter who is destroyed first when the loop has
// stopped.
struct CurlFalPricing::Impl {
  Impl(asio::io_context& loop, PricingOptions opts)
      : options(std::move(opts)),
        http(loop, {.https = options.url.starts_with("https:"),
                    .key = options.key,
                    .ca_file = options.ca_file,
                    .user_agent = options.user_agent,
                    .connect_timeout = options.connect_timeout}) {}

  const PricingOptions options;
  const HttpExchange http;
};

CurlFalPricing::CurlFalPricing(asio::io_context& loop, PricingOptions options)
    : impl_(std::make_shared<Impl>(loop, std::move(options))) {}

CurlFalPricing::~CurlFalPricing() = default;

asio::awaitable<Result<PriceAnswer>> CurlFalPricing::Ask(std::vector<std::string> endpoints,
                                                         SteadyTime deadline) {
  const std::shared_ptr<Impl> impl = impl_;
  PriceAnswer answer;
  std::unordered_set<std::string> told;
  std::vector<Batch> batches = BatchesOf(std::move(endpoints));
  while (!batches.empty()) {
    const Batch batch = std::move(batches.back());
    batches.pop_back();
    HttpRequest request{.url = QuestionFor(impl->options.url, batch),
                        .deadline = deadline,
                        .limit = impl->options.max_reply.count};
    const Result<FalReply> reply = co_await impl->http.Run(std::move(request));
    if (!reply) co_return Free(reply.error());
    if (reply->status == 404) {
      if (batch.size() == 1) {
        answer.unknown.push_back(batch.front());
        continue;
      }
      const auto middle = batch.begin() + static_cast<std::ptrdiff_t>(batch.size() / 2);
      batches.emplace_back(middle, batch.end());
      batches.emplace_back(batch.begin(), middle);
      continue;
    }
    std::optional<std::vector<FalPrice>> prices;
    if (!IsFailure(*reply)) prices = ReadPrices(reply->body);
    if (!prices) co_return Refusal(*reply);
    for (FalPrice& price : *prices) {
      const bool asked = std::ranges::find(batch, price.endpoint) != batch.end();
      if (asked && told.insert(price.endpoint).second) answer.prices.push_back(std::move(price));
    }
  }
  co_return answer;
}

}  // namespace flux::fal
