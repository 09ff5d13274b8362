// Asks the kernel about a connection, and ends it.
#include "service/rpc/connection.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstddef>
#include <utility>

namespace flux::service {
namespace {

// Bytes that may be on their way from a peer whom nobody knows yet.
constexpr int kUnservedWindow = 256 * 1024;
constexpr int kAnyWindow = 1 << 30;

// How large a TCP window the kernel opens; nothing happens to a unix socket.
void Clamp(int descriptor, int window) {
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_WINDOW_CLAMP, &window, sizeof window);
}

}  // namespace

RpcConnection::RpcConnection(int descriptor, std::string peer, std::string address)
    : descriptor_(descriptor), peer_(std::move(peer)), address_(std::move(address)) {
  Clamp(descriptor_, kUnservedWindow);
}

RpcConnection::~RpcConnection() {
  ::close(descriptor_);
}

std::optional<std::uint64_t> RpcConnection::Received() const {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(descriptor_, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return std::nullopt;
  constexpr std::size_t kNeeded = offsetof(tcp_info, tcpi_bytes_received) + sizeof info.tcpi_bytes_received;
  if (size < kNeeded) return std::nullopt;
  return info.tcpi_bytes_received;
}

void RpcConnection::Serve() {
  if (!served_.exchange(true)) Clamp(descriptor_, kAnyWindow);
}

void RpcConnection::End() const {
  // Without it the kernel would keep a peer waiting for minutes that has filled the window.
  const linger reset{1, 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  Close();
}

void RpcConnection::Close() const {
  ::shutdown(descriptor_, SHUT_RDWR);
}

}  // namespace flux::service
