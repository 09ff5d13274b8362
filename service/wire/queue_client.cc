// Submit goes through the decorators; everything after it is free, and asked for as often as it takes.
#include "service/wire/queue_client.h"

#include <algorithm>
#include <asio/cancellation_state.hpp>
#include <asio/this_coro.hpp>
#include <optional>
#include <utility>

#include "base/event.h"
#include "service/fal/classify.h"
#include "service/wire/http_exchange.h"
#include "service/wire/queue_urls.h"
#include "service/wire/status_stream.h"

namespace flux::fal {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kFirstPause{50};
constexpr milliseconds kLongestPause{2'000};
// Statuses, and whatever else is no result.
constexpr std::size_t kMaxSmallReply = 1U << 20;
// So often in a row fal must say that it knows no such request: another of its machines may not know it yet.
// So often it must give a doubtful result.
constexpr int kBelieved = 4;

// A failure after the request was taken.
Status Afterwards(Status status) {
  if (status.reason == Reason::kDeadlineExceeded) status = Status(Reason::kUpstreamTimeout);
  status.billed = Billed::kMaybe;
  return status;
}

Status Gone() {
  return Status(Reason::kOutcomeUnknown, "fal's queue knows nothing of this request any more");
}

Status NotOurs() {
  return Afterwards(
      Status(Reason::kUpstreamProtocol, "the address of the request at fal is not one of fal's queue"));
}

}  // namespace

// Shared with the running coroutines, so that it does not matter who is destroyed first when the loop has
// stopped.
struct CurlFalQueue::Impl {
  Impl(Stack::Borrowed borrowed, QueueOptions opts, const std::vector<std::string>& models)
      : executor(borrowed.loop.get_executor()),
        options(std::move(opts)),
        urls(options.url),
        http(borrowed.loop, {.https = urls.https(),
                             .key = options.key,
                             .ca_file = options.ca_file,
                             .user_agent = options.user_agent,
                             .connect_timeout = options.connect_timeout}),
        submit(borrowed, http,
               {.url = options.url, .max_reply = Bytes{kMaxSmallReply}, .resends = options.resends}, models) {
  }

  // How one step of Await ended, beside what came of it.
  struct Step {
    SteadyTime deadline = {};
    bool new_connection = false;
  };
  asio::awaitable<Result<QueueState>> Look(const QueueTicket& ticket, Step step) const;
  asio::awaitable<Result<FalReply>> Fetch(const QueueTicket& ticket, Step step) const;
  // The last that the stream told; nothing where there is no stream. CANCELLED is its only failure.
  asio::awaitable<Result<std::optional<QueueState>>> Listen(
      const QueueTicket& ticket, Step step, const std::function<void(const QueueState&)>& told) const;

  const asio::any_io_executor executor;
  const QueueOptions options;
  const QueueUrls urls;
  const HttpExchange http;
  SubmitStack submit;
};

CurlFalQueue::CurlFalQueue(Stack::Borrowed borrowed, QueueOptions options,
                           const std::vector<std::string>& models)
    : impl_(std::make_shared<Impl>(borrowed, std::move(options), models)) {}

CurlFalQueue::~CurlFalQueue() = default;

asio::awaitable<Result<QueueTicket>> CurlFalQueue::Submit(const FalCall& call) {
  const std::shared_ptr<Impl> impl = impl_;
  Result<FalReply> reply = co_await impl->submit.top().Send(call);
  if (!reply) co_return std::move(reply).error();
  if (IsFailure(*reply)) co_return Classify(*reply);
  std::optional<QueueTicket> ticket = ReadTicket(reply->body);
  if (!ticket) co_return Classify(*reply);
  co_return impl->urls.Adopt(call.endpoint, *std::move(ticket));
}

Result<QueueTicket> CurlFalQueue::TicketFor(std::string_view endpoint, std::string_view request_id) const {
  if (!IsRequestId(request_id)) return Afterwards(Status(Reason::kUpstreamProtocol, "fal's id is none"));
  return impl_->urls.Make(endpoint, std::string(request_id));
}

asio::awaitable<Result<QueueState>> CurlFalQueue::Look(const QueueTicket& ticket, SteadyTime deadline) {
  const std::shared_ptr<Impl> impl = impl_;
  co_return co_await impl->Look(ticket, {.deadline = deadline});
}

asio::awaitable<Result<FalReply>> CurlFalQueue::Fetch(const QueueTicket& ticket, SteadyTime deadline) {
  const std::shared_ptr<Impl> impl = impl_;
  co_return co_await impl->Fetch(ticket, {.deadline = deadline});
}

asio::awaitable<Result<QueueState>> CurlFalQueue::Impl::Look(const QueueTicket& ticket, Step step) const {
  std::optional<std::string> url = urls.Own(ticket.status_url);
  if (!url) co_return NotOurs();
  HttpRequest request{.url = *std::move(url),
                      .deadline = step.deadline,
                      .limit = kMaxSmallReply,
                      .new_connection = step.new_connection};
  const Result<FalReply> reply = co_await http.Run(std::move(request));
  if (!reply) co_return Afterwards(reply.error());
  if (const std::optional<QueueState> state = ReadState(*reply)) co_return *state;
  co_return Afterwards(Classify(*reply));
}

asio::awaitable<Result<FalReply>> CurlFalQueue::Impl::Fetch(const QueueTicket& ticket, Step step) const {
  std::optional<std::string> url = urls.Own(ticket.response_url);
  if (!url) co_return NotOurs();
  HttpRequest request{.url = *std::move(url),
                      .deadline = step.deadline,
                      .limit = options.max_reply.count,
                      .large_reply = true,
                      .new_connection = step.new_connection};
  Result<FalReply> reply = co_await http.Run(std::move(request));
  if (!reply) co_return Afterwards(std::move(reply).error());
  switch (ReadResult(*reply)) {
    case ResultKind::kModels:
    case ResultKind::kDoubtful:
      break;
    case ResultKind::kInProgress:
      co_return Afterwards(Status(Reason::kUpstreamBusy, "fal is still at work on the request"));
    case ResultKind::kGone:
      co_return Gone();
    case ResultKind::kNotModels:
      co_return Afterwards(Classify(*reply));
  }
  if (RequestId(*reply).empty()) reply->request_id = ticket.request_id;
  co_return std::move(reply);
}

asio::awaitable<Result<CancelAnswer>> CurlFalQueue::Cancel(const QueueTicket& ticket, SteadyTime deadline) {
  const std::shared_ptr<Impl> impl = impl_;
  std::optional<std::string> url = impl->urls.Own(ticket.cancel_url);
  if (!url) co_return NotOurs();
  HttpRequest request{.method = HttpRequest::Method::kPut,
                      .url = *std::move(url),
                      .deadline = deadline,
                      .limit = kMaxSmallReply};
  const Result<FalReply> reply = co_await impl->http.Run(std::move(request));
  if (!reply) co_return Afterwards(reply.error());
  if (const std::optional<CancelAnswer> answer = ReadCancel(*reply)) co_return *answer;
  co_return Afterwards(Classify(*reply));
}

asio::awaitable<Result<std::optional<QueueState>>> CurlFalQueue::Impl::Listen(
    const QueueTicket& ticket, Step step, const std::function<void(const QueueState&)>& told) const {
  std::optional<std::string> url = urls.Own(ticket.status_url);
  if (url) url = StatusStreamUrl(*url);
  if (!url) co_return std::optional<QueueState>();
  StatusStream events(told);
  HttpRequest request{.url = *std::move(url),
                      .deadline = step.deadline,
                      .limit = kMaxSmallReply,
                      .new_connection = step.new_connection,
                      .headers = {"Accept: text/event-stream"},
                      .reader = &events};
  const Result<FalReply> reply = co_await http.Run(std::move(request));
  if (!reply && reply.error().reason == Reason::kCancelled) co_return Afterwards(reply.error());
  co_return events.state();
}

asio::awaitable<Result<FalReply>> CurlFalQueue::Await(const QueueTicket& ticket, SteadyTime deadline,
                                                      std::function<void(const QueueState&)> told) {
  const std::shared_ptr<Impl> impl = impl_;
  const QueueOptions& options = impl->options;
  const asio::cancellation_state caller = co_await asio::this_coro::cancellation_state;
  if (!impl->urls.Own(ticket.status_url) || !impl->urls.Own(ticket.response_url)) co_return NotOurs();

  std::optional<Status> last;  // the last failure, if the last step was one
  milliseconds pause = kFirstPause;
  bool streams = true;
  bool completed = false;
  int gone = 0;
  int doubtful = 0;
  for (;;) {
    const SteadyTime start = steady_clock::now();
    const bool fetches = completed;
    const bool new_connection = last && last->reason == Reason::kUpstreamTimeout;
    const auto step = [&](milliseconds most) {
      return Impl::Step{.deadline = std::min(deadline, steady_clock::now() + most),
                        .new_connection = new_connection};
    };
    if (!completed && streams) {
      const Result<std::optional<QueueState>> heard =
          co_await impl->Listen(ticket, step(options.stream_timeout), told);
      if (!heard) co_return heard.error();
      streams = heard->has_value();
      completed = streams && (*heard)->kind == QueueState::Kind::kCompleted;
    }
    if (!completed) {
      const Result<QueueState> state = co_await impl->Look(ticket, step(options.look_timeout));
      last = state ? std::nullopt : std::optional(state.error());
      if (state && told) told(*state);
      completed = state && state->kind == QueueState::Kind::kCompleted;
      gone = state && state->kind == QueueState::Kind::kGone ? gone + 1 : 0;
    }
    if (completed) {
      if (!fetches) pause = kFirstPause;
      Result<FalReply> reply = co_await impl->Fetch(ticket, step(options.fetch_timeout));
      if (reply && ReadResult(*reply) == ResultKind::kModels) co_return std::move(reply);
      if (reply && ++doubtful == kBelieved) co_return std::move(reply);
      last = reply ? std::nullopt : std::optional(std::move(reply).error());
      if (last && last->reason == Reason::kUpstreamReplyTooLarge) co_return *std::move(last);
      gone = last && last->reason == Reason::kOutcomeUnknown ? gone + 1 : 0;
    }
    if (gone == kBelieved) co_return Gone();
    if (caller.cancelled() != asio::cancellation_type::none) {
      co_return Afterwards(Status(Reason::kCancelled));
    }

    SteadyTime next = start + pause;
    if (last && last->retry_after) next = std::max(next, steady_clock::now() + *last->retry_after);
    if (next >= deadline) co_return last ? *std::move(last) : Afterwards(Status(Reason::kUpstreamTimeout));
    pause = std::min(pause * 3 / 2, kLongestPause);
    Event never(impl->executor);
    if (co_await never.Wait(next) == Event::Outcome::kCancelled) {
      co_return Afterwards(Status(Reason::kCancelled));
    }
  }
}

}  // namespace flux::fal
