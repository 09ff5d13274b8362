// Endpoint: turns a ListenAddress into a bound, listening socket, and socket addresses into text.
#pragma once

#include <asio/basic_socket_acceptor.hpp>
#include <asio/generic/stream_protocol.hpp>
#include <asio/io_context.hpp>
#include <string>

#include "base/options.h"
#include "base/result.h"

namespace flux {

using Acceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol, asio::io_context::executor_type>;

// Opens, binds and listens. A unix socket that nobody listens on any more is replaced; one that a program
// listens on is left to it. INTERNAL says what failed.
Result<Acceptor> OpenListener(asio::io_context& context, const ListenAddress& address);

// "127.0.0.1:80", "[::1]:80" or "unix:PATH".
std::string AddressText(const asio::generic::stream_protocol::endpoint& endpoint);

// "127.0.0.1", "::1" or "unix"; an IPv4 address that reached an IPv6 socket is written as IPv4.
std::string PeerText(const asio::generic::stream_protocol::endpoint& endpoint);

}  // namespace flux
