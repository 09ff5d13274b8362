// OpenSSL works on the descriptor itself, which is non-blocking; its buffers are released whenever they are
// empty.
#include "gateway/http/channel.h"

#include <linux/sockios.h>
#include <openssl/err.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <asio/buffer.hpp>
#include <asio/error.hpp>
#include <cerrno>
#include <cstring>
#include <utility>

namespace flux::gateway {
asio::error_code Channel::ToError(const SSL& tls, int result, Socket::wait_type& wait) {
  const int system_error = errno;
  switch (SSL_get_error(&tls, result)) {
    case SSL_ERROR_NONE:
      return {};
    case SSL_ERROR_WANT_READ:
      wait = Socket::wait_read;
      return asio::error::would_block;
    case SSL_ERROR_WANT_WRITE:
      wait = Socket::wait_write;
      return asio::error::would_block;
    case SSL_ERROR_ZERO_RETURN:
      return asio::error::eof;
    case SSL_ERROR_SYSCALL:
      return system_error == 0 ? asio::error_code(asio::error::eof)
                               : asio::error_code(system_error, asio::system_category());
    default:
      return asio::error::connection_aborted;
  }
}

std::size_t Channel::Read(std::span<char> out, asio::error_code& ec) {
  if (!tls_) return socket_.read_some(asio::buffer(out.data(), out.size()), ec);
  ERR_clear_error();
  errno = 0;
  std::size_t count = 0;
  const int result = SSL_read_ex(tls_.get(), out.data(), out.size(), &count);
  ec = result == 1 ? asio::error_code() : ToError(*tls_, result, read_wait_);
  return count;
}

std::size_t Channel::Write(std::string_view first, std::string_view second, std::span<char> gather,
                           asio::error_code& ec) {
  if (tls_) return WriteTls(first, second, gather, ec);
  const std::array<asio::const_buffer, 2> buffers{asio::buffer(first), asio::buffer(second)};
  return socket_.write_some(buffers, ec);
}

std::size_t Channel::WriteTls(std::string_view first, std::string_view second, std::span<char> gather,
                              asio::error_code& ec) {
  ec = {};
  std::size_t written = 0;
  while (!first.empty() || !second.empty()) {
    // What a record holds depends on nothing but what is left, as a repeated SSL_write has to repeat its
    // bytes.
    std::string_view record = first.empty() ? second.substr(0, kRecordBytes) : first.substr(0, kRecordBytes);
    if (!first.empty() && !second.empty() && first.size() < kRecordBytes) {
      const std::size_t more = std::min(second.size(), kRecordBytes - first.size());
      std::memcpy(gather.data(), first.data(), first.size());
      std::memcpy(gather.data() + first.size(), second.data(), more);
      record = {gather.data(), first.size() + more};
    }
    ERR_clear_error();
    errno = 0;
    std::size_t count = 0;
    const int result = SSL_write_ex(tls_.get(), record.data(), record.size(), &count);
    if (result != 1) {
      ec = ToError(*tls_, result, write_wait_);
      return written;
    }
    written += count;
    const std::size_t of_first = std::min(count, first.size());
    first.remove_prefix(of_first);
    second.remove_prefix(count - of_first);
  }
  return written;
}

Channel::Opening Channel::Look() {
  std::array<unsigned char, kOpeningBytes> bytes{};
  const ssize_t count = ::recv(socket_.native_handle(), bytes.data(), bytes.size(), MSG_PEEK | MSG_DONTWAIT);
  if (count <= 0) return Opening::kNothing;
  constexpr unsigned char kHandshakeRecord = 22;
  constexpr unsigned char kClientHello = 1;
  if (bytes[0] != kHandshakeRecord) return Opening::kPlain;
  // Of an unusual split nobody's client is capable; of announcing more than a record holds, and having
  // OpenSSL set it aside, only those are who mean it.
  if (count < kOpeningBytes || bytes[5] != kClientHello) return Opening::kBroken;
  const std::size_t announced = (std::size_t{bytes[6]} << 16) | (std::size_t{bytes[7]} << 8) | bytes[8];
  return announced <= kRecordBytes ? Opening::kHello : Opening::kBroken;
}

void Channel::Handshake(Session& tls, asio::error_code& ec) {
  ERR_clear_error();
  errno = 0;
  const int result = SSL_accept(tls.get());
  ec = result == 1 ? asio::error_code() : ToError(*tls, result, read_wait_);
}

std::uint64_t Channel::Unacknowledged() {
  int bytes = 0;
  if (::ioctl(socket_.native_handle(), SIOCOUTQ, &bytes) != 0) return 0;
  return static_cast<std::uint64_t>(std::max(bytes, 0));
}

bool Channel::WasReset() {
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(socket_.native_handle(), SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0;
}

void Channel::ShutdownSend() {
  if (tls_) {
    ERR_clear_error();
    SSL_shutdown(tls_.get());  // says so to the peer; whether it went matters to nobody
  }
  asio::error_code ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
}

}  // namespace flux::gateway
