// Page after page.
#include "service/wire/platform_client.h"

#include <algorithm>
#include <asio/cancellation_state.hpp>
#include <asio/this_coro.hpp>
#include <optional>
#include <unordered_set>
#include <utility>

#include "service/fal/classify.h"
#include "service/wire/http_exchange.h"
#include "service/wire/turns.h"
#include "service/wire/url.h"

namespace flux::fal {
namespace {

constexpr int kMaxPages = 20;
constexpr int kMostPerPage = 100;  // fal's own limit

Status Free(Status status) {
  if (status.reason == Reason::kDeadlineExceeded) status = Status(Reason::kUpstreamTimeout);
  status.billed = Billed::kNo;
  return status;
}

// What an answer that is no page means. fal's sentences for purchases do not fit here.
Status Refusal(const FalReply& reply) {
  const std::string status = std::to_string(reply.status);
  const Status classified = Classify(reply);
  switch (classified.reason) {
    case Reason::kUpstreamAccount:
      return Free(Status(
          classified.reason,
          "fal's key may not read the request history (permission models:requests:read); fal answered " +
              status));
    case Reason::kUpstreamNotFound:
      return Free(Status(classified.reason, "fal has no request history at this address"));
    case Reason::kUpstreamThrottled:
    case Reason::kUpstreamBusy: {
      Status busy(classified.reason, "fal's request history answered " + status);
      busy.retry_after = classified.retry_after;
      return Free(std::move(busy));
    }
    default:
      break;
  }
  const Reason reason = reply.status >= 500 ? Reason::kUpstreamError : Reason::kUpstreamProtocol;
  return Free(Status(reason, "fal's request history answered " + status + ", which cannot be read"));
}

std::string QuestionFor(const std::string& url, const HistoryQuery& query) {
  return url + "/v1/models/requests/by-endpoint?endpoint_id=" + EscapeQuery(query.endpoint) +
         "&start=" + EscapeQuery(Iso8601(query.start)) + "&end=" + EscapeQuery(Iso8601(query.end));
}

bool IsWanted(const HistoryQuery& query, const HistoryItem& item) {
  if (query.input_sha256.empty() && query.request_id.empty()) return true;
  return (!query.request_id.empty() && item.request_id == query.request_id) ||
         (!query.input_sha256.empty() && item.input_sha256 == query.input_sha256);
}

}  // namespace

// Shared with the running coroutines, so that it does not matter who is destroyed first when the loop has
// stopped.
struct CurlFalHistory::Impl {
  Impl(asio::io_context& loop, HistoryOptions opts)
      : options(std::move(opts)),
        http(loop, {.https = options.url.starts_with("https:"),
                    .key = options.key,
                    .ca_file = options.ca_file,
                    .user_agent = options.user_agent,
                    .connect_timeout = options.connect_timeout}),
        turns(loop.get_executor(), options.most_searches) {}

  const HistoryOptions options;
  const HttpExchange http;
  Turns turns;
};

CurlFalHistory::CurlFalHistory(asio::io_context& loop, HistoryOptions options)
    : impl_(std::make_shared<Impl>(loop, std::move(options))) {}

CurlFalHistory::~CurlFalHistory() = default;

asio::awaitable<Result<std::vector<HistoryItem>>> CurlFalHistory::Search(HistoryQuery query,
                                                                         SteadyTime deadline) {
  const std::shared_ptr<Impl> impl = impl_;
  // A page may have megabytes, and after an outage thousands search at once.
  const std::optional<Turns::Turn> turn = co_await impl->turns.Take(deadline);
  const asio::cancellation_state caller = co_await asio::this_coro::cancellation_state;
  if (caller.cancelled() != asio::cancellation_type::none) co_return Status(Reason::kCancelled);
  if (!turn)
    co_return Free(Status(Reason::kUpstreamTimeout, "other searches of fal's history took too long"));
  deadline = std::min(deadline, std::chrono::steady_clock::now() + impl->options.search_time);
  const std::string question = QuestionFor(impl->options.url, query);
  std::vector<HistoryItem> found;
  std::unordered_set<std::string> ids;
  std::string cursor;
  int per_page = kMostPerPage;
  bool payloads = true;
  for (int pages = 0; pages < kMaxPages;) {
    std::string url = question + "&limit=" + std::to_string(per_page);
    if (payloads) url += "&expand=payloads";
    if (!cursor.empty()) url += "&cursor=" + EscapeQuery(cursor);
    HttpRequest request{.url = std::move(url),
                        .deadline = deadline,
                        .limit = impl->options.max_reply.count,
                        .large_reply = true};
    const Result<FalReply> reply = co_await impl->http.Run(std::move(request));
    if (!reply && reply.error().reason == Reason::kUpstreamReplyTooLarge && payloads) {
      payloads = per_page > 1;
      per_page = std::max(per_page / 10, 1);
      continue;
    }
    if (!reply) co_return Free(reply.error());
    std::optional<HistoryPage> page;
    if (!IsFailure(*reply)) page = ReadHistory(reply->body);
    if (!page) co_return Refusal(*reply);
    for (HistoryItem& item : page->items) {
      if (IsWanted(query, item) && ids.insert(item.request_id).second) found.push_back(std::move(item));
    }
    if (page->next_cursor.empty() || page->next_cursor == cursor) break;
    cursor = std::move(page->next_cursor);
    payloads = true;
    ++pages;
  }
  co_return found;
}

}  // namespace flux::fal
