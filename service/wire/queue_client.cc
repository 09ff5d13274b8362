// Submit goes through the decorators; everything after it is free, and asked for as often as it takes.
#include "service/wire/queue_client.h"

#include <algorithm>
#include <asio/cancellation_state.hpp>
#include <asio/this_coro.hpp>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/event.h"
#include "service/fal/classify.h"
#include "service/wire/http_exchange.h"
#include "service/wire/queue_urls.h"
#include "service/wire/status_stream.h"
#include "service/wire/turns.h"
#include "service/wire/url.h"

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
                             .post_header = options.post_header,
                             .connect_timeout = options.connect_timeout}),
        submit(
            borrowed, http,
            {.url = options.url,
             .query = options.webhook_url.empty() ? "" : "?fal_webhook=" + EscapeQuery(options.webhook_url),
             .max_reply = Bytes{kMaxSmallReply},
             .resends = options.resends,
             .backup = options.backup},
            models),
        looks(executor, options.most_looks) {}

  // A request that Await waits for, and how the wait ends early.
  struct Waiting {
    bool hinted = false;    // since the last look
    bool followed = false;  // by somebody who wants its log
    bool streaming = false;
    Event* rest = nullptr;
    Interruption stream = {};
    void Wake() {
      hinted = true;
      stream.Interrupt();
      if (rest != nullptr) rest->Set();
    }
  };
  // Its place among those, for as long as it waits.
  class Place;

  // How one step of Await ended, beside what came of it.
  struct Step {
    SteadyTime deadline = {};
    bool new_connection = false;
  };
  asio::awaitable<Result<QueueState>> Look(const QueueTicket& ticket, Step step) const;
  asio::awaitable<Result<FalReply>> Fetch(const QueueTicket& ticket, Step step) const;
  // Follows the status stream, where there is one. A failure is CANCELLED.
  asio::awaitable<std::optional<Status>> Listen(const QueueTicket& ticket, Step step, Waiting& waiting,
                                                StatusStream& events) const;
  bool MayListen(const Waiting& waiting, const std::optional<QueueState>& state) const;
  // The shortest and the longest pause between two looks at a request of which so much is known.
  std::pair<milliseconds, milliseconds> Pauses(const std::optional<QueueState>& state) const;

  const asio::any_io_executor executor;
  const QueueOptions options;
  const QueueUrls urls;
  const HttpExchange http;
  SubmitStack submit;
  Turns looks;
  std::size_t streams = 0;                            // that are open
  std::unordered_map<std::string, Waiting*> awaited;  // by request id
  std::unordered_set<std::string> followed;           // that are not awaited yet
};

class CurlFalQueue::Impl::Place {
 public:
  Place(Impl& impl, std::string id, Waiting& waiting) : impl_(impl), id_(std::move(id)), waiting_(waiting) {
    waiting_.followed = impl_.followed.erase(id_) > 0;
    impl_.awaited[id_] = &waiting_;
  }
  ~Place() {
    if (waiting_.streaming) --impl_.streams;
    const auto found = impl_.awaited.find(id_);
    if (found != impl_.awaited.end() && found->second == &waiting_) impl_.awaited.erase(found);
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

 private:
  Impl& impl_;
  const std::string id_;
  Waiting& waiting_;
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
                      .new_connection = step.new_connection,
                      .backup = options.backup};
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
                      .new_connection = step.new_connection,
                      .backup = options.backup};
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
                      .limit = kMaxSmallReply,
                      .backup = impl->options.backup};
  const Result<FalReply> reply = co_await impl->http.Run(std::move(request));
  if (!reply) co_return Afterwards(reply.error());
  if (const std::optional<CancelAnswer> answer = ReadCancel(*reply)) co_return *answer;
  co_return Afterwards(Classify(*reply));
}

asio::awaitable<std::optional<Status>> CurlFalQueue::Impl::Listen(const QueueTicket& ticket, Step step,
                                                                  Waiting& waiting,
                                                                  StatusStream& events) const {
  std::optional<std::string> url = urls.Own(ticket.status_url);
  if (url) url = StatusStreamUrl(*url, waiting.followed);
  if (!url) co_return std::nullopt;
  HttpRequest request{.url = *std::move(url),
                      .deadline = step.deadline,
                      .limit = kMaxSmallReply,
                      .new_connection = step.new_connection,
                      .headers = {"Accept: text/event-stream"},
                      .backup = options.backup,
                      .reader = &events,
                      .interruption = &waiting.stream};
  const Result<FalReply> reply = co_await http.Run(std::move(request));
  if (!reply && reply.error().reason == Reason::kCancelled) co_return Afterwards(reply.error());
  co_return std::nullopt;
}

void CurlFalQueue::Hint(const std::string& request_id) {
  const auto found = impl_->awaited.find(request_id);
  if (found != impl_->awaited.end()) found->second->Wake();
}

void CurlFalQueue::Follow(const std::string& request_id) {
  const auto found = impl_->awaited.find(request_id);
  if (found == impl_->awaited.end()) {
    impl_->followed.insert(request_id);
  } else if (!found->second->followed) {
    found->second->followed = true;
    found->second->Wake();
  }
}

// Who is far back would hold a stream for long without being told anything.
bool CurlFalQueue::Impl::MayListen(const Waiting& waiting, const std::optional<QueueState>& state) const {
  if (waiting.followed) return streams < 2 * options.most_streams;
  const bool far =
      state && state->kind == QueueState::Kind::kQueued && state->position >= options.most_streams;
  return !far && streams < options.most_streams;
}

// A few hundred looks a second, however many wait. Who is worked on is done soon; who waits far back is not.
std::pair<milliseconds, milliseconds> CurlFalQueue::Impl::Pauses(
    const std::optional<QueueState>& state) const {
  constexpr milliseconds kMost{60'000};
  constexpr milliseconds kPerPlace{50};
  constexpr std::size_t kCrowd = 256;  // from here on, how many wait counts
  const milliseconds least = awaited.size() > kCrowd ? milliseconds(awaited.size()) : kFirstPause;
  if (state && state->kind != QueueState::Kind::kQueued)
    return {std::min(least, kLongestPause), kLongestPause};
  const milliseconds ahead = kPerPlace * (state ? state->position : 0);
  return {std::min(least, kMost), std::clamp(std::max(4 * least, ahead), kLongestPause, kMost)};
}

asio::awaitable<Result<FalReply>> CurlFalQueue::Await(const QueueTicket& ticket, SteadyTime deadline,
                                                      std::function<void(const QueueState&)> told) {
  const std::shared_ptr<Impl> impl = impl_;
  const QueueOptions& options = impl->options;
  const asio::cancellation_state caller = co_await asio::this_coro::cancellation_state;
  if (!impl->urls.Own(ticket.status_url) || !impl->urls.Own(ticket.response_url)) co_return NotOurs();

  Impl::Waiting waiting;
  const Impl::Place place(*impl, ticket.request_id, waiting);
  std::optional<Status> last;  // the last failure, if the last step was one
  std::optional<QueueState> known;
  const auto hear = [&known, &told](const QueueState& state) {
    known = QueueState{state.kind, state.position};
    if (told) told(state);
  };
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
    const bool hinted = std::exchange(waiting.hinted, false);
    // After a hint a look says more than a stream does; to follow a request wants its stream.
    if (!completed && streams && (!hinted || waiting.followed) && impl->MayListen(waiting, known)) {
      ++impl->streams;
      waiting.streaming = true;
      StatusStream events(hear);
      std::optional<Status> left =
          co_await impl->Listen(ticket, step(options.stream_timeout), waiting, events);
      waiting.streaming = false;
      --impl->streams;
      if (left) co_return *std::move(left);
      if (!waiting.hinted) streams = events.state().has_value();
      completed = events.completed();
    }
    if (std::optional<Turns::Turn> turn = co_await impl->looks.Take(deadline)) {
      if (!completed) {
        const Result<QueueState> state = co_await impl->Look(ticket, step(options.look_timeout));
        last = state ? std::nullopt : std::optional(state.error());
        if (state) hear(*state);
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
    }
    if (gone == kBelieved) co_return Gone();
    if (caller.cancelled() != asio::cancellation_type::none) {
      co_return Afterwards(Status(Reason::kCancelled));
    }

    const auto [least, most] = impl->Pauses(known);
    pause = std::max(pause, least);
    SteadyTime next = start + pause;
    if (last && last->retry_after) next = std::max(next, steady_clock::now() + *last->retry_after);
    if (next >= deadline) co_return last ? *std::move(last) : Afterwards(Status(Reason::kUpstreamTimeout));
    pause = std::min(pause * 3 / 2, most);
    Event rest(impl->executor);
    waiting.rest = &rest;
    if (waiting.hinted && !(last && last->retry_after)) rest.Set();
    const Event::Outcome outcome = co_await rest.Wait(next);
    waiting.rest = nullptr;
    if (outcome == Event::Outcome::kCancelled) co_return Afterwards(Status(Reason::kCancelled));
  }
}

}  // namespace flux::fal
