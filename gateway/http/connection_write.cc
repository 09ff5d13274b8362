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
  const Reply reply =
      edge_->handler.Refuse(refusal_->status, refusal_->framed ? &request_ : nullptr, refusal_->origin);
  request_ = Request();
  Uncharge();
  Unwritten rest;
  bool whole = WriteNow(reply, true, rest);
  if (whole && !rest.None()) whole = co_await WriteRest(std::move(rest));
  if (whole) co_await Linger();
}

bool Connection::WriteNow(const Reply& reply, bool close, Unwritten& rest) {
  std::string& head = shard_->reply_head;
  head.clear();
  const ReplyFraming framing{
      .close = close, .old_client = minor_version_ == 0, .streamed = reply.stream != nullptr};
  AppendReplyHead(reply, framing, shard_->Date(), head);
  return WriteSome(
      head, SendsBody(reply) && !reply.stream ? std::string_view(reply.body) : std::string_view(), rest);
}

bool Connection::WriteSome(std::string_view head, std::string_view body, Unwritten& rest) {
  asio::error_code ec;
  const std::size_t count = channel_.Write(head, body, shard_->scratch, ec);
  if (ec && !WouldBlock(ec)) return false;
  if (count < head.size()) rest.head = head.substr(count);
  rest.body = body.substr(count < head.size() ? 0 : count - head.size());
  return true;
}

asio::awaitable<bool> Connection::WriteRest(Unwritten rest) {
  const SteadyTime start = std::chrono::steady_clock::now();
  Charge(rest.body.size());  // counted, never refused: what it took to make the reply is spent
  std::string_view head = rest.head;
  std::string_view body = rest.body;
  std::uint64_t written = 0;
  while (!head.empty() || !body.empty()) {
    SetDeadline(PaceDeadline(start, edge_->limits.write_grace, written, edge_->limits.min_bytes_per_second));
    asio::error_code ec;
    co_await channel_.socket().async_wait(channel_.write_wait(),
                                          asio::redirect_error(asio::use_awaitable, ec));
    if (gone_ || deadline_.Passed()) co_return false;
    const std::size_t count = channel_.Write(head, body, shard_->scratch, ec);
    if (ec && !WouldBlock(ec)) co_return false;
    const std::size_t of_head = std::min(count, head.size());
    head.remove_prefix(of_head);
    body.remove_prefix(count - of_head);
    written += count;
  }
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
      edge_->counters.Refused(Reason::kInternal).fetch_add(1);
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
    if (whole && !rest.None()) whole = co_await WriteRest(std::move(rest));
    Uncharge();
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
