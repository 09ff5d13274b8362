// Channel: one public socket and, where there is any, its TLS. Reads and writes what goes at once and says
// what to wait for otherwise; whoever uses it need not know which kind it is. It knows nothing of HTTP,
// deadlines or coroutines.
#pragma once

#include <openssl/ssl.h>

#include <asio/error.hpp>
#include <asio/error_code.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "gateway/http/edge.h"
#include "gateway/http/server_tls.h"

namespace flux::gateway {

inline bool WouldBlock(const asio::error_code& ec) {
  return ec == asio::error::would_block;
}

// Belongs to one loop's thread. Errors are asio's; after would_block, read_wait() or write_wait() says what
// to wait for.
class Channel {
 public:
  explicit Channel(Socket socket) : socket_(std::move(socket)) {}

  Socket& socket() { return socket_; }
  // What a Read, or a handshake, and what a Write waits for: seldom the other direction.
  Socket::wait_type read_wait() const { return read_wait_; }
  Socket::wait_type write_wait() const { return write_wait_; }
  // Whether bytes can be read that the kernel knows nothing of, so that waiting for the socket would be in
  // vain.
  bool Pending() const { return tls_ != nullptr && SSL_pending(tls_.get()) > 0; }

  // Reads what is there.
  std::size_t Read(std::span<char> out, asio::error_code& ec);

  // Writes `first`, then `second`; returns how much of both went. After would_block the next call starts with
  // the bytes that are left. `gather` is a buffer of at least kRecordBytes for bytes that belong in one
  // packet.
  std::size_t Write(std::string_view first, std::string_view second, std::span<char> gather,
                    asio::error_code& ec);

  // What a connection begins with, as far as it has arrived; consumes nothing. kHello: a TLS handshake whose
  // first message fits in one record.
  enum class Opening { kHello, kPlain, kBroken, kNothing };
  Opening Look();

  // Goes on with the handshake of `tls`, a session made for this socket. No error: done.
  void Handshake(Session& tls, asio::error_code& ec);
  // Reads and writes are encrypted from now on.
  void Secure(Session tls) { tls_ = std::move(tls); }

  // What the kernel has taken and the peer has not acknowledged yet (of a unix socket: not read), with what
  // TLS adds; zero where nobody knows.
  std::uint64_t Unacknowledged();
  // Whether the peer has ended the connection by a reset.
  bool WasReset();

  // Says that no more will be written.
  void ShutdownSend();

  static constexpr std::size_t kRecordBytes = 16 * 1024;  // what one TLS record holds at most
  // What Look needs of a hello: the header of its record and the head of the message in it.
  static constexpr int kOpeningBytes = 9;

 private:
  static asio::error_code ToError(const SSL& tls, int result, Socket::wait_type& wait);
  std::size_t WriteTls(std::string_view first, std::string_view second, std::span<char> gather,
                       asio::error_code& ec);

  Socket socket_;
  Session tls_;
  Socket::wait_type read_wait_ = Socket::wait_read;
  Socket::wait_type write_wait_ = Socket::wait_write;
};

}  // namespace flux::gateway
