// How a connection becomes a TLS one, and how handshakes that do not end make room for those that begin.
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <list>
#include <utility>

#include "gateway/http/connection.h"

namespace flux::gateway {

asio::awaitable<Connection::Step> Connection::ShakeHands() {
  Socket& socket = channel_.socket();
  asio::error_code ec;
  // A hello's first bytes are looked at before anything is set aside for it; until they have come it costs
  // nothing.
  socket.set_option(asio::socket_base::receive_low_watermark(Channel::kOpeningBytes), ec);
  co_await socket.async_wait(Socket::wait_read, asio::redirect_error(asio::use_awaitable, ec));
  if (gone_ || ec) co_return Step::kGone;
  const Channel::Opening opening = channel_.Look();
  if (opening == Channel::Opening::kNothing) co_return Step::kGone;
  if (opening == Channel::Opening::kPlain) {
    edge_->counters.Failed(HandshakeFailure::kNotTls).fetch_add(1);
    co_return RefusePlain();
  }
  socket.set_option(asio::socket_base::receive_low_watermark(1), ec);
  const auto fail = [this](HandshakeFailure why) {
    edge_->counters.Failed(why).fetch_add(1);
    return Step::kGone;
  };
  if (opening == Channel::Opening::kBroken) co_return fail(HandshakeFailure::kProtocol);
  BeginHandshake();
  Session tls = edge_->tls->Open(socket.native_handle());
  if (!tls) co_return fail(HandshakeFailure::kOverloaded);
  for (;;) {
    channel_.Handshake(tls, ec);
    if (!ec) break;
    if (!WouldBlock(ec)) co_return fail(HandshakeFailure::kProtocol);
    co_await socket.async_wait(channel_.read_wait(), asio::redirect_error(asio::use_awaitable, ec));
    if (gone_) co_return Step::kGone;
    if (!shaking_) co_return fail(HandshakeFailure::kOverloaded);
    if (ec) co_return fail(HandshakeFailure::kTimeout);
  }
  EndHandshake();
  channel_.Secure(std::move(tls));
  edge_->counters.handshakes.fetch_add(1, std::memory_order_relaxed);
  co_return Step::kReady;
}

void Connection::BeginHandshake() {
  std::list<Connection*>& all = shard_->handshakes;
  edge_->counters.bytes_in_flight.fetch_add(kHandshakeBytes);
  handshake_ = all.insert(all.end(), this);
  shaking_ = true;
  if (all.size() <= shard_->most_handshakes) return;
  Connection& oldest = *all.front();
  oldest.EndHandshake();
  asio::error_code ignored;
  oldest.channel_.socket().cancel(ignored);
}

void Connection::EndHandshake() {
  if (!shaking_) return;
  shaking_ = false;
  shard_->handshakes.erase(handshake_);
  edge_->counters.bytes_in_flight.fetch_sub(kHandshakeBytes);
}

}  // namespace flux::gateway
