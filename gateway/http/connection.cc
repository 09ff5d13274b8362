// The fast path suspends twice per request: for readability and for the handler. Reads and writes are tried
// first and waited for only when the kernel says so; bytes are read into the loop's buffer, so that waiting
// holds no memory.
#include "gateway/http/connection.h"

#include <algorithm>
#include <array>
#include <asio/bind_cancellation_slot.hpp>
#include <asio/buffer.hpp>
#include <asio/co_spawn.hpp>
#include <asio/redirect_error.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <exception>
#include <span>
#include <utility>

namespace flux::gateway {
namespace {

// A stated Content-Length is believed, and memory reserved for it, once this much of it has arrived.
constexpr std::uint64_t kTrustedBytes = 256 * 1024;
constexpr int kOk = 200;
// Reads before other connections get their turn.
constexpr int kReadsPerTurn = 16;

constexpr const char* kNoRoom = "Too many bytes are in flight.";
constexpr const char* kStopping = "This server is about to stop.";

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

SteadyTime Now() {
  return std::chrono::steady_clock::now();
}

Status ToStatus(const Framed& framed) {
  return Status(framed.reason, std::string(framed.sentence));
}

}  // namespace

Connection::Connection(std::shared_ptr<Edge> edge, std::shared_ptr<LoopShard> shard, Socket socket,
                       std::string remote_addr)
    : edge_(std::move(edge)),
      shard_(std::move(shard)),
      channel_(std::move(socket)),
      remote_addr_(std::move(remote_addr)),
      deadline_(shard_->context, channel_.socket()),
      hold_(edge_->shares, ShareOf(remote_addr_)) {}

void Connection::Start(bool refuse) {
  asio::error_code ignored;
  channel_.socket().non_blocking(true, ignored);
  shard_->connections.insert(this);
  asio::co_spawn(shard_->context, Run(refuse),
                 asio::bind_cancellation_slot(
                     cancel_.slot(), [self = shared_from_this()](std::exception_ptr) { self->Finish(); }));
}

void Connection::Drain() {
  if (phase_ != Phase::kReading || in_head_ || BodyMissing()) return;
  asio::error_code ignored;
  channel_.socket().cancel(ignored);
}

void Connection::Stop() {
  if (gone_) return;
  stopped_ = true;
  if (phase_ == Phase::kHandling) return cancel_.emit(asio::cancellation_type::terminal);
  if (phase_ != Phase::kReading) return;
  asio::error_code ignored;
  channel_.socket().cancel(ignored);
}

void Connection::Cancel() {
  gone_ = true;
  cancel_.emit(asio::cancellation_type::terminal);
  asio::error_code ignored;
  channel_.socket().cancel(ignored);
}

void Connection::Finish() {
  asio::error_code ignored;
  deadline_.Stop();
  channel_.socket().close(ignored);
  EndHandshake();
  ticket_.reset();
  hold_.Release();
  shard_->connections.erase(this);
  const std::lock_guard lock(edge_->mutex);
  edge_->counters.open.fetch_sub(1);
  edge_->changed.notify_all();
}

asio::awaitable<void> Connection::Run(bool refuse) {
  SetDeadline(Now() + edge_->limits.head_timeout);
  Step greeted = Step::kReady;
  if (edge_->tls != nullptr) greeted = co_await ShakeHands();
  if (greeted == Step::kGone) co_return;
  if (greeted == Step::kReady && refuse) greeted = RefuseOverloaded("There are too many connections.");
  if (greeted == Step::kRefused) {
    co_await Reject();
    co_return;
  }
  for (;;) {
    phase_ = Phase::kReading;
    Step step = inbox_.Empty() ? Step::kMore : Consume({});
    if (step == Step::kMore) step = co_await ReadHead();
    Reply reply;
    if (step == Step::kReady) step = Open(reply);
    if (step == Step::kReady && BodyMissing() && ticket_->unconfirmed) co_await Confirm(reply);
    if (gone_) break;
    if (step == Step::kReady && BodyMissing()) step = co_await ReadBody();
    if (step == Step::kReady && stopped_) step = RefuseOverloaded(kStopping);
    if (step == Step::kGone) break;
    if (step == Step::kRefused) {
      co_await Reject();
      break;
    }

    deadline_.Clear();
    edge_->counters.requests.fetch_add(1, std::memory_order_relaxed);
    expected_ = 0;
    written_ = 0;  // of the reply before
    head_bytes_ = 0;
    if (ticket_) {
      phase_ = Phase::kHandling;
      Watch();
      bool failed = false;
      try {
        asio::awaitable<Reply> work = edge_->handler.Serve(std::move(ticket_), std::move(request_));
        reply = co_await std::move(work);
      } catch (...) {
        failed = true;
      }
      if (gone_) {
        if (!failed) Settle(reply, false);
        break;
      }
      // A handler may have changed what cancels it; the next one starts as all do.
      co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
      if (failed) reply = Failed();
      const bool sized = reply.status == kOk && !reply.stream;
      if (expected_ != 0 && sized) edge_->estimate.Learn(expected_, reply.body.size());
    }
    request_ = Request();

    phase_ = Phase::kWriting;
    // An old client learns of a streamed body's end by the connection's.
    const bool until_close = reply.stream != nullptr && minor_version_ == 0;
    const bool close = reply.close || !keep_alive_ || shard_->retiring || shard_->draining || until_close;
    Unwritten rest;
    bool whole = WriteNow(reply, close, rest);
    if (whole && Follows(reply, rest)) whole = co_await Follow(reply, std::move(rest));
    Settle(reply, whole);
    if (!whole) break;
    if (close) {
      co_await Linger();
      break;
    }
    SetDeadline(Now() + edge_->limits.idle_timeout);
  }
}

asio::awaitable<Connection::Step> Connection::ReadHead() {
  Step step = Step::kMore;
  while (step == Step::kMore) {
    if (shard_->draining && !in_head_) {
      // A request that was under way to an idle connection is still served.
      step = Receive();
      if (step == Step::kMore && !in_head_) co_return Step::kGone;
      continue;
    }
    asio::error_code ec;
    if (!channel_.Pending()) {
      co_await channel_.socket().async_wait(channel_.read_wait(),
                                            asio::redirect_error(asio::use_awaitable, ec));
    }
    if (gone_) co_return Step::kGone;
    if (stopped_ && in_head_) co_return RefuseOverloaded(kStopping);
    if (deadline_.Passed() && in_head_) co_return RefuseWith(Status(Reason::kRequestTimeout), inbox_.View());
    if (ec && !shard_->draining) co_return Step::kGone;
    step = Receive();
    if (deadline_.Passed() && step == Step::kMore && !in_head_) co_return Step::kGone;
  }
  co_return step;
}

Connection::Step Connection::Receive() {
  asio::error_code ec;
  const std::size_t count = channel_.Read(shard_->scratch, ec);
  if (WouldBlock(ec)) return Step::kMore;
  if (ec) return Step::kGone;
  return Consume({shard_->scratch.data(), count});
}

Connection::Step Connection::Consume(std::string_view fresh) {
  const bool buffered = !inbox_.Empty();
  std::string_view bytes = fresh;
  if (buffered) {
    inbox_.Append(fresh);
    bytes = inbox_.View();
    // Without a line end the verdict stays: a head that drips in is not framed again for every byte.
    const bool unchanged = in_head_ && fresh.find('\n') == std::string_view::npos;
    if (unchanged && bytes.size() < edge_->limits.head.bytes) return Step::kMore;
  }
  std::size_t head_bytes = 0;
  std::size_t body_bytes = 0;
  Step step = TakeHead(bytes, head_bytes);
  if (step == Step::kReady) step = TakeBody(bytes.substr(head_bytes), body_bytes);
  if (buffered) {
    inbox_.Consume(head_bytes + body_bytes);
  } else {
    inbox_.Append(bytes.substr(head_bytes + body_bytes));
  }
  return step;
}

Connection::Step Connection::TakeHead(std::string_view bytes, std::size_t& consumed) {
  Head& head = shard_->head;
  head_only_ = false;
  const Framed framed = FrameHead(bytes, edge_->limits.head, head);
  if (framed.verdict == Verdict::kNeedMore) {
    if (!in_head_ && !fresh_) SetDeadline(Now() + edge_->limits.head_timeout);
    in_head_ = true;
    return Step::kMore;
  }
  in_head_ = false;
  fresh_ = false;
  if (framed.verdict == Verdict::kRefused) return RefuseWith(ToStatus(framed), bytes);
  head_only_ = head.method == "HEAD";

  Result<Request> request = shard_->engine.Interpret(head);
  if (!request) return RefuseWith(std::move(request).error(), bytes);
  request_ = *std::move(request);
  request_.remote_addr = remote_addr_;
  request_.arrived = Now();
  request_.line = this;
  minor_version_ = head.minor_version;
  keep_alive_ = head.keep_alive;
  expect_continue_ = head.expect_continue;
  consumed = head.size;

  const Limits& limits = edge_->limits;
  if (head.chunked) {
    decoder_.emplace(limits.max_body_bytes);
    return Step::kReady;
  }
  if (head.content_length > limits.max_body_bytes) return RefuseWith(Reason::kPayloadTooLarge);
  body_left_ = head.content_length;
  return Step::kReady;
}

Connection::Step Connection::TakeBody(std::string_view bytes, std::size_t& consumed) {
  std::string& body = request_.body;
  const std::size_t before = body.size();
  if (decoder_) {
    const Framed framed = decoder_->Feed(bytes, body, consumed);
    if (framed.verdict == Verdict::kRefused) return RefuseWith(ToStatus(framed));
    if (framed.verdict == Verdict::kComplete) decoder_.reset();
  } else {
    consumed = static_cast<std::size_t>(std::min<std::uint64_t>(body_left_, bytes.size()));
    const std::uint64_t total = before + body_left_;
    const std::uint64_t needed = before + consumed;
    const std::uint64_t room = needed > kTrustedBytes ? total : std::min(total, kTrustedBytes);
    if (needed > body.capacity()) body.reserve(room);
    body.append(bytes.substr(0, consumed));
    body_left_ -= consumed;
  }
  if (ticket_ && body.size() > ticket_->body_limit) return RefuseWith(Reason::kPayloadTooLarge);
  if (!hold_.Add(body.size() - before)) return RefuseOverloaded(kNoRoom);
  return Step::kReady;
}

Connection::Step Connection::Open(Reply& answer) {
  try {
    Opened opened = edge_->handler.Open(request_);
    if (auto* ticket = std::get_if<std::unique_ptr<Ticket>>(&opened)) {
      ticket_ = std::move(*ticket);
      hold_.MoveTo(ticket_->share);
    } else {
      answer = std::get<Reply>(std::move(opened));
    }
  } catch (...) {
    answer = Failed();
  }
  if (!ticket_) {
    if (BodyMissing()) ForgoBody();
  } else if (request_.body.size() + body_left_ > ticket_->body_limit) {
    return RefuseWith(Reason::kPayloadTooLarge);
  } else if (body_left_ != 0 && !hold_.Fits(body_left_)) {
    // Nothing is set aside for what is only announced, but what cannot fit now need not be sent.
    return RefuseOverloaded(kNoRoom);
  }
  return Step::kReady;
}

void Connection::ForgoBody() {
  request_.body = {};
  decoder_.reset();
  body_left_ = 0;
  keep_alive_ = false;
  hold_.Release();
}

asio::awaitable<void> Connection::Confirm(Reply& answer) {
  deadline_.Clear();
  bool failed = false;
  try {
    asio::awaitable<std::optional<Reply>> asked = edge_->handler.Confirm(*ticket_, request_);
    std::optional<Reply> refused = co_await std::move(asked);
    if (!refused) co_return;
    answer = *std::move(refused);
  } catch (...) {
    failed = true;
  }
  if (gone_) co_return;
  if (failed) answer = Failed();
  ticket_.reset();
  ForgoBody();
}

asio::awaitable<Connection::Step> Connection::ReadBody() {
  const SteadyTime start = Now();
  if (expect_continue_ && request_.body.empty()) {
    asio::error_code ec;
    const std::size_t count = channel_.Write(kContinue, {}, shard_->scratch, ec);
    // 25 bytes always fit, unless replies go unread.
    if (ec || count != kContinue.size()) co_return Step::kGone;
  }
  int reads = 0;
  bool empty = false;
  while (BodyMissing()) {
    asio::error_code ec;
    if (empty || reads == kReadsPerTurn) {
      SetDeadline(std::min(start + edge_->limits.body_timeout,
                           PaceDeadline(start, edge_->limits.body_grace, request_.body.size(),
                                        edge_->limits.min_bytes_per_second)));
      if (!channel_.Pending()) {
        co_await channel_.socket().async_wait(channel_.read_wait(),
                                              asio::redirect_error(asio::use_awaitable, ec));
      }
      if (gone_) co_return Step::kGone;
      if (stopped_) co_return RefuseOverloaded(kStopping);
      if (deadline_.Passed()) co_return RefuseWith(Reason::kRequestTimeout);
      reads = 0;
    }
    const std::size_t count = channel_.Read(shard_->scratch, ec);
    empty = WouldBlock(ec);
    if (empty) continue;
    if (ec) co_return Step::kGone;
    ++reads;
    const std::string_view bytes(shard_->scratch.data(), count);
    std::size_t consumed = 0;
    const Step step = TakeBody(bytes, consumed);
    if (step != Step::kReady) co_return step;
    inbox_.Append(bytes.substr(consumed));
  }
  co_return Step::kReady;
}

Connection::Step Connection::RefuseWith(Status status, std::string_view unframed) {
  const bool framed = unframed.empty() && !request_.method.empty();
  const std::string_view origin =
      framed ? request_.Header("origin") : FindOrigin(unframed, edge_->limits.head);
  refusal_ = std::make_unique<const Refusal>(Refusal{std::move(status), framed, std::string(origin)});
  decoder_.reset();
  body_left_ = 0;
  return Step::kRefused;
}

Connection::Step Connection::RefuseOverloaded(const char* sentence) {
  Status status(Reason::kOverloaded, sentence);
  status.retry_after = kRetryAfter;
  return RefuseWith(std::move(status));
}

Connection::Step Connection::RefusePlain() {
  return RefuseWith(Status(Reason::kMalformedRequest, "This port speaks TLS; use an https:// URL."));
}

Reply Connection::Failed() {
  const Reason reason = stopped_ ? Reason::kShuttingDown : Reason::kInternal;
  edge_->counters.Refused(reason).fetch_add(1);
  const Status status(reason);
  Reply reply = edge_->handler.Refuse(status, nullptr, {});
  reply.billed = status.billed;
  return reply;
}

void Connection::Watch() {
  if (watching_) return;
  watching_ = true;
  channel_.socket().async_wait(channel_.read_wait(), [self = shared_from_this()](const asio::error_code& ec) {
    self->watching_ = false;
    if (!ec && self->phase_ == Phase::kHandling) self->OnReadable();
  });
}

void Connection::OnReadable() {
  asio::error_code ec;
  while (!ec) {
    const std::size_t kept = inbox_.View().size();
    if (kept >= kMaxPipelinedBytes) return;  // who pipelines this much is not watched while the handler runs
    const std::size_t room = std::min(shard_->scratch.size(), kMaxPipelinedBytes - kept);
    const std::size_t count = channel_.Read(std::span(shard_->scratch.data(), room), ec);
    inbox_.Append({shard_->scratch.data(), count});
  }
  if (WouldBlock(ec)) return Watch();
  gone_ = true;
  edge_->counters.left.fetch_add(1);
  cancel_.emit(asio::cancellation_type::terminal);
}

}  // namespace flux::gateway
