// The writing half of a connection: what the kernel takes at once, and the waits for the rest.
#include <algorithm>
#include <asio/buffer.hpp>
#include <asio/redirect_error.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <chrono>
#include <utility>

#include "gateway/http/connection.h"

namespace flux::gateway {
asio::awaitable<void> Connection::Reject() {
  edge_->counters.Refused(refusal_->status.reason).fetch_add(1);
  ticket_.reset();
  phase_ = Phase::kWriting;
  Reply reply =
      edge_->handler.Refuse(refusal_->status, refusal_->framed ? &request_ : nullptr, refusal_->origin);
  request_ = Request();
  hold_.Release();
  Unwritten rest;
  bool whole = WriteNow(reply, true, rest);
  if (whole && Follows(reply, rest)) whole = co_await Follow(reply, std::move(rest));
  Settle(reply, whole);
  if (whole) co_await Linger();
}

bool Connection::Follows(const Reply& reply, const Unwritten& rest) const {
  // Of what the kernel took at once, it is told when the peer has it, unless it is small.
  return !rest.None() || (reply.stream && SendsBody(reply)) || written_ > ByteShares::kSmallBytes;
}

asio::awaitable<bool> Connection::Follow(Reply& reply, Unwritten rest) {
  bool whole = MakeRoom(reply);
  if (whole && !rest.None()) whole = co_await WriteRest(std::move(rest));
  if (whole && reply.stream && SendsBody(reply)) whole = co_await WriteStream(*reply.stream);
  reply.body = std::string();
  reply.stream.reset();
  hold_.Release();
  if (whole) whole = co_await AwaitAcknowledgement();
  co_return whole;
}

bool Connection::WriteNow(const Reply& reply, bool close, Unwritten& rest) {
  std::string& head = shard_->reply_head;
  head.clear();
  const ReplyFraming framing{
      .close = close, .old_client = minor_version_ == 0, .streamed = reply.stream != nullptr};
  AppendReplyHead(reply, framing, shard_->Date(), head);
  head_bytes_ = head.size();
  written_ = 0;
  return WriteSome(
      head, SendsBody(reply) && !reply.stream ? std::string_view(reply.body) : std::string_view(), rest);
}

bool Connection::WriteSome(std::string_view head, std::string_view body, Unwritten& rest) {
  asio::error_code ec;
  const std::size_t count = channel_.Write(head, body, shard_->scratch, ec);
  if (ec && !WouldBlock(ec)) return false;
  written_ += count;
  if (count < head.size()) rest.head = head.substr(count);
  rest.body = body.substr(count < head.size() ? 0 : count - head.size());
  return true;
}

bool Connection::MakeRoom(const Reply& reply) {
  hold_.Release();
  if (hold_.Add(reply.body.size())) return true;
  if (reply.billed == Billed::kNo) return false;
  hold_.Become(reply.body.size());  // what it took to make it is spent
  return true;
}

std::uint64_t Connection::Acknowledged() {
  return written_ - std::min(written_, channel_.Unacknowledged());
}

void Connection::Settle(const Reply& reply, bool whole) {
  hold_.Release();
  if (!whole) edge_->counters.Cut(reply.billed).fetch_add(1);
  if (!reply.watcher) return;
  const std::uint64_t bytes = whole ? written_ : Acknowledged();
  reply.watcher->Ended({whole, bytes - std::min<std::uint64_t>(bytes, head_bytes_)});
}

asio::awaitable<bool> Connection::WriteRest(Unwritten rest) {
  const SteadyTime start = std::chrono::steady_clock::now();
  const std::uint64_t before = Acknowledged();
  std::string_view head = rest.head;
  std::string_view body = rest.body;
  while (!head.empty() || !body.empty()) {
    // The kernel takes much at a time and then nothing for long; what the peer acknowledges is what it reads.
    SetDeadline(PaceDeadline(start, edge_->limits.write_grace, Acknowledged() - before,
                             edge_->limits.min_bytes_per_second));
    asio::error_code ec;
    co_await channel_.socket().async_wait(channel_.write_wait(),
                                          asio::redirect_error(asio::use_awaitable, ec));
    if (gone_) co_return false;
    if (deadline_.Passed() && TooSlow(start, before)) co_return false;
    const std::size_t count = channel_.Write(head, body, shard_->scratch, ec);
    if (ec && !WouldBlock(ec)) co_return false;
    const std::size_t of_head = std::min(count, head.size());
    head.remove_prefix(of_head);
    body.remove_prefix(count - of_head);
    written_ += count;
  }
  co_return true;
}

bool Connection::TooSlow(SteadyTime start, std::uint64_t before) {
  return std::chrono::steady_clock::now() >= PaceDeadline(start, edge_->limits.write_grace,
                                                          Acknowledged() - before,
                                                          edge_->limits.min_bytes_per_second);
}

asio::awaitable<bool> Connection::AwaitAcknowledgement() {
  constexpr std::chrono::milliseconds kFirst{1};
  constexpr std::chrono::milliseconds kLongest{200};
  const SteadyTime start = std::chrono::steady_clock::now();
  const std::uint64_t before = Acknowledged();
  std::chrono::milliseconds wait = kFirst;
  Timer pause(shard_->context);
  bool readable = false;
  while (Acknowledged() < written_) {
    if (channel_.WasReset() || TooSlow(start, before)) co_return false;
    asio::error_code ec;
    if (readable) {
      pause.expires_after(wait);
      co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, ec));
    } else {
      // Whoever sends its next request has most likely read the reply.
      SetDeadline(std::chrono::steady_clock::now() + wait);
      co_await channel_.socket().async_wait(Socket::wait_read, asio::redirect_error(asio::use_awaitable, ec));
      readable = !deadline_.Passed();
    }
    if (gone_) co_return false;
    wait = std::min(2 * wait, kLongest);
  }
  co_return !channel_.WasReset();
}

asio::awaitable<bool> Connection::Reserve(std::uint64_t expected) {
  constexpr std::chrono::milliseconds kPause{20};
  const std::uint64_t bytes = std::min(edge_->estimate.Of(expected), edge_->shares.Most());
  const SteadyTime end = std::chrono::steady_clock::now() + edge_->limits.room_timeout;
  Timer pause(shard_->context);
  while (!hold_.Add(bytes)) {
    if (gone_ || stopped_ || std::chrono::steady_clock::now() >= end) co_return false;
    asio::error_code ec;
    pause.expires_after(kPause);
    co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, ec));
  }
  expected_ += expected;
  co_return true;
}

asio::awaitable<bool> Connection::WriteStream(ReplyStream& stream) {
  const bool chunked = minor_version_ == 1;
  for (;;) {
    phase_ = Phase::kHandling;
    deadline_.Clear();
    Watch();
    std::string piece;
    bool failed = false;
    try {
      asio::awaitable<std::string> next = stream.Next();
      piece = co_await std::move(next);
    } catch (...) {
      failed = true;
    }
    if (gone_) co_return false;
    co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
    if (failed) {
      if (!stopped_) edge_->counters.Refused(Reason::kInternal).fetch_add(1);
      CutOff();
      co_return false;
    }

    phase_ = Phase::kWriting;
    const bool last = piece.empty();
    std::string& head = shard_->reply_head;
    head.clear();
    if (chunked) {
      AppendChunkHead(piece.size(), head);
      piece.append("\r\n");
    }
    Unwritten rest;
    bool whole = WriteSome(head, piece, rest);
    if (whole && !rest.None()) {
      hold_.Become(rest.body.size());
      whole = co_await WriteRest(std::move(rest));
    }
    hold_.Release();
    if (!whole || last) co_return whole;
  }
}

void Connection::CutOff() {
  asio::error_code ignored;
  channel_.socket().set_option(asio::socket_base::linger(true, 0), ignored);
}

asio::awaitable<void> Connection::Linger() {
  phase_ = Phase::kLingering;
  channel_.ShutdownSend();
  asio::error_code ec;
  SetDeadline(std::chrono::steady_clock::now() + edge_->limits.linger_timeout);
  std::uint64_t drained = 0;
  while (drained < edge_->limits.linger_bytes) {
    // Past TLS: what comes is not looked at.
    const std::size_t count = channel_.socket().read_some(asio::buffer(shard_->scratch), ec);
    drained += count;
    if (ec && !WouldBlock(ec)) co_return;
    if (!ec) continue;
    co_await channel_.socket().async_wait(Socket::wait_read, asio::redirect_error(asio::use_awaitable, ec));
    if (gone_ || deadline_.Passed()) co_return;
  }
}

}  // namespace flux::gateway
