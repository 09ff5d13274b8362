// DNS messages by RFC 1035, section 4.1: one question, and as many answers as there are addresses.
#include "tests/fakes/name_server.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string_view>
#include <utility>

namespace flux::fakes {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kHeader = 12;

// The reply to a query; empty where that is none.
std::string Reply(std::string_view query, const std::vector<std::string>& addresses) {
  std::size_t end = kHeader;
  while (end < query.size() && query[end] != '\0') end += 1 + static_cast<unsigned char>(query[end]);
  end += 5;  // the root, type and class
  if (end > query.size()) return {};
  const bool asks_for_addresses = query.substr(end - 4, 2) == "\0\1"sv;
  std::string reply(query.substr(0, 2));
  reply += "\x81\x80\0\1\0"sv;  // an answer without an error, to one question
  reply += static_cast<char>(asks_for_addresses ? addresses.size() : 0);
  reply += "\0\0\0\0"sv;
  reply += query.substr(kHeader, end - kHeader);
  if (!asks_for_addresses) return reply;
  for (const std::string& address : addresses) {
    in_addr binary{};
    inet_pton(AF_INET, address.c_str(), &binary);
    reply += "\xc0\x0c\0\1\0\1\0\0\0\0\0\4"sv;  // the name asked for, type A, good for 0 s, four bytes
    reply.append(reinterpret_cast<const char*>(&binary), sizeof binary);
  }
  return reply;
}

}  // namespace

NameServer::NameServer(std::vector<std::string> addresses)
    : addresses_(std::move(addresses)), fd_(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in here{};
  here.sin_family = AF_INET;
  here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  bind(fd_, reinterpret_cast<const sockaddr*>(&here), sizeof here);
  thread_ = std::thread([this] { Serve(); });
}

NameServer::~NameServer() {
  shutdown(fd_, SHUT_RDWR);  // wakes the thread, though nothing was connected
  thread_.join();
  close(fd_);
}

std::string NameServer::address() const {
  sockaddr_in here{};
  socklen_t size = sizeof here;
  getsockname(fd_, reinterpret_cast<sockaddr*>(&here), &size);
  return "127.0.0.1:" + std::to_string(ntohs(here.sin_port));
}

void NameServer::Serve() const {
  for (;;) {
    char query[512];
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    const ssize_t got = recvfrom(fd_, query, sizeof query, 0, reinterpret_cast<sockaddr*>(&peer), &size);
    if (got <= 0) return;
    const std::string reply = Reply({query, static_cast<std::size_t>(got)}, addresses_);
    sendto(fd_, reply.data(), reply.size(), 0, reinterpret_cast<const sockaddr*>(&peer), size);
  }
}

}  // namespace flux::fakes
