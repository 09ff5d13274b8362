// A scripted server over plain blocking sockets, kept so simple that a failing test does not make one suspect
// it.
#include "tests/fakes/raw_server.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>

namespace flux::fakes {

std::string RawConnection::ReadRequest() {
  char chunk[16384];
  for (;;) {
    const auto end = buffer_.find("\r\n\r\n");
    if (end != std::string::npos) {
      const auto length_at = buffer_.find("Content-Length: ");
      const std::size_t length =
          length_at < end ? std::strtoul(buffer_.c_str() + length_at + 16, nullptr, 10) : 0;
      const std::size_t total = end + 4 + length;
      if (buffer_.size() >= total) {
        std::string request = buffer_.substr(0, total);
        buffer_.erase(0, total);
        return request;
      }
    }
    const ssize_t got = recv(fd_, chunk, sizeof chunk, 0);
    if (got <= 0) return {};
    buffer_.append(chunk, static_cast<std::size_t>(got));
  }
}

void RawConnection::ReadToEnd() {
  char chunk[16384];
  while (recv(fd_, chunk, sizeof chunk, 0) > 0) {
  }
}

void RawConnection::Write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void RawConnection::Close() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

void RawConnection::Reset() {
  const linger now{.l_onoff = 1, .l_linger = 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  Close();
}

RawServer::RawServer(Script script) : script_(std::move(script)), listener_(socket(AF_INET, SOCK_STREAM, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
  getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  listen(listener_, 128);
  acceptor_ = std::thread([this] { Accept(); });
}

RawServer::~RawServer() {
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  close(listener_);
  {
    const std::lock_guard lock(mutex_);
    for (const int fd : open_) shutdown(fd, SHUT_RDWR);  // wakes scripts that still read
  }
  for (std::thread& thread : threads_) thread.join();
  for (const int fd : open_) close(fd);
}

void RawServer::Accept() {
  for (int number = 0;; ++number) {
    const int fd = accept(listener_, nullptr, nullptr);
    if (fd < 0) return;
    const int watched = dup(fd);  // stays valid for the destructor whatever the script closes
    const std::lock_guard lock(mutex_);
    open_.push_back(watched);
    threads_.emplace_back([this, fd, watched, number] {
      RawConnection connection(fd);
      script_(connection, number);
      connection.Close();
      shutdown(watched, SHUT_RDWR);  // the duplicate must not keep the connection open
    });
  }
}

std::string HttpReply(int status, std::string_view body, std::string_view headers) {
  return "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n" + std::string(headers) + "\r\n" + std::string(body);
}

}  // namespace flux::fakes
