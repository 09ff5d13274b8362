// What of a FalCall goes into a request.
#include "service/wire/curl_transport.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace flux::fal {
namespace {

// fal-api "Inference API: newer behaviour": the seconds that may pass until processing starts, waits and
// fal's own retries included; its predecessor X-Fal-Request-Timeout is deprecated. Official clients insist on
// more than one. With it, fal answers 504, free, instead of working for somebody whose deadline has come.
std::string StartLimitHeader(SteadyTime deadline) {
  const auto left = deadline - kShortestExchange - std::chrono::steady_clock::now();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(left).count();
  return "X-Fal-Request-Start-Timeout: " + std::to_string(std::max<std::int64_t>(seconds, 2));
}

// Only where it is asked for: fal takes every request for normal.
std::string PriorityHeader(const FalCall& call) {
  return call.low_priority ? "X-Fal-Queue-Priority: low" : std::string();
}

}  // namespace

CurlTransport::CurlTransport(asio::io_context& loop, CurlTransportOptions options)
    : CurlTransport(HttpExchange(loop, {.https = options.url.starts_with("https:"),
                                        .key = options.key,
                                        .ca_file = options.ca_file,
                                        .user_agent = options.user_agent,
                                        .post_header = options.post_header,
                                        .connect_timeout = options.connect_timeout}),
                    options.url, options.max_reply, StartLimit::kDeadline, {}, options.backup) {}

// No coroutine of its own: the request lives in the exchange's frame.
asio::awaitable<Result<FalReply>> CurlTransport::Send(const FalCall& call) {
  return http_.Run({.method = HttpRequest::Method::kPost,
                    .url = url_ + "/" + call.endpoint + query_,
                    .body = *call.body,
                    .deadline = call.deadline,
                    .limit = max_reply_.count,
                    .large_reply = call.inline_pictures,
                    // A queue has no such limit, and fal.run has no queue.
                    .headers = {start_limit_ == StartLimit::kDeadline ? StartLimitHeader(call.deadline)
                                                                      : PriorityHeader(call),
                                TraceHeader(call.traceparent)},
                    .backup = backup_});
}

}  // namespace flux::fal
