// A client that sends and reads exact bytes with plain system calls.
#include "tests/gateway/http/raw_client.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/ip_address.h"

namespace flux::gateway {
namespace {

constexpr int kPatienceMs = 20'000;

template <typename Address>
int Connect(int family, const Address& address) {
  const int fd = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_storage storage{};
  std::memcpy(&storage, &address, sizeof address);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&storage), sizeof address) != 0) {
    ADD_FAILURE() << "connect: " << std::strerror(errno);
  }
  return fd;
}

}  // namespace

RawClient::RawClient(const std::string& address) {
  if (address.starts_with("unix:")) {
    sockaddr_un path{};
    path.sun_family = AF_UNIX;
    address.copy(path.sun_path, sizeof path.sun_path - 1, 5);
    fd_ = Connect(AF_UNIX, path);
    return;
  }
  std::string host;
  int port = 0;
  EXPECT_TRUE(SplitHostPort(address, host, port)) << address;
  if (host.find(':') != std::string::npos) {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(static_cast<std::uint16_t>(port));
    EXPECT_EQ(::inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr), 1);
    fd_ = Connect(AF_INET6, v6);
  } else {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(static_cast<std::uint16_t>(port));
    EXPECT_EQ(::inet_pton(AF_INET, host.c_str(), &v4.sin_addr), 1);
    fd_ = Connect(AF_INET, v4);
  }
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

RawClient::~RawClient() {
  Close();
}

RawClient::RawClient(RawClient&& other) noexcept : fd_(other.fd_), buffer_(std::move(other.buffer_)) {
  other.fd_ = -1;
}

bool RawClient::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

std::size_t RawClient::SendSome(std::string_view bytes) {
  const ssize_t count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  return count < 0 ? 0 : static_cast<std::size_t>(count);
}

bool RawClient::Fill() {
  pollfd waiting{fd_, POLLIN, 0};
  if (::poll(&waiting, 1, kPatienceMs) != 1) {
    ADD_FAILURE() << "nothing to read after " << kPatienceMs << " ms";
    return false;
  }
  std::array<char, 65536> chunk;
  const ssize_t count = ::recv(fd_, chunk.data(), chunk.size(), 0);
  reset_ = count < 0 && errno == ECONNRESET;
  if (count <= 0) return false;
  buffer_.append(chunk.data(), static_cast<std::size_t>(count));
  return true;
}

RawReply RawClient::Read(bool has_body) {
  constexpr std::string_view kEnd = "\r\n\r\n";
  constexpr std::string_view kLength = "\r\nContent-Length: ";
  while (buffer_.find(kEnd) == std::string::npos) {
    if (!Fill()) return {};
  }
  RawReply reply;
  reply.head = buffer_.substr(0, buffer_.find(kEnd) + kEnd.size());
  buffer_.erase(0, reply.head.size());
  reply.status = std::atoi(reply.head.c_str() + std::string_view("HTTP/1.1 ").size());
  const auto length_at = reply.head.find(kLength);
  if (has_body && reply.Says("\r\nTransfer-Encoding: chunked\r\n")) {
    if (!ReadChunks(reply.body)) return {};
    return reply;
  }
  if (!has_body || length_at == std::string::npos) return reply;
  const auto length = static_cast<std::size_t>(std::atoll(reply.head.c_str() + length_at + kLength.size()));
  while (buffer_.size() < length) {
    if (!Fill()) return {};
  }
  reply.body = buffer_.substr(0, length);
  buffer_.erase(0, length);
  return reply;
}

bool RawClient::ReadChunks(std::string& body) {
  for (;;) {
    while (buffer_.find("\r\n") == std::string::npos) {
      if (!Fill()) return false;
    }
    const std::size_t size = std::strtoull(buffer_.c_str(), nullptr, 16);
    buffer_.erase(0, buffer_.find("\r\n") + 2);
    while (buffer_.size() < size + 2) {
      if (!Fill()) return false;
    }
    EXPECT_EQ(buffer_.substr(size, 2), "\r\n");
    body.append(buffer_, 0, size);
    buffer_.erase(0, size + 2);
    if (size == 0) return true;
  }
}

std::string RawClient::ReadToEnd() {
  while (Fill()) {
  }
  return std::exchange(buffer_, {});
}

bool RawClient::Ended() {
  return buffer_.empty() && !Fill();
}

void RawClient::HalfClose() {
  ::shutdown(fd_, SHUT_WR);
}

void RawClient::Reset() {
  const linger hard{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  Close();
}

void RawClient::Close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

void Breathe() {
  ::poll(nullptr, 0, 1);
}

}  // namespace flux::gateway
