// Finds the socket of a request by going through /proc/self/fd. That is slow, but only faults, malformed
// requests and the end of the program need it.
#include "sim/http/connection.h"

#include <absl/strings/numbers.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <filesystem>
#include <optional>
#include <utility>
#include <vector>

namespace flux::sim {
namespace {

using NameOf = int (*)(int, sockaddr*, socklen_t*);

std::optional<std::pair<std::string, int>> Address(int socket, NameOf name_of) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (name_of(socket, generic, &length) != 0) return std::nullopt;
  if (address.ss_family != AF_INET && address.ss_family != AF_INET6) return std::nullopt;
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  if (getnameinfo(generic, length, host.data(), host.size(), port.data(), port.size(),
                  NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
    return std::nullopt;
  }
  int number = 0;
  if (!absl::SimpleAtoi(port.data(), &number)) return std::nullopt;
  return std::pair<std::string, int>(host.data(), number);
}

std::vector<int> OpenFiles() {
  std::vector<int> open;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", ignored)) {
    int number = 0;
    if (absl::SimpleAtoi(entry.path().filename().string(), &number)) open.push_back(number);
  }
  return open;
}

}  // namespace

int FindSocket(const Ends& ends) {
  for (const int file : OpenFiles()) {
    const auto remote = Address(file, getpeername);
    if (!remote || remote->second != ends.remote_port || remote->first != ends.remote_host) continue;
    const auto local = Address(file, getsockname);
    if (local && local->second == ends.local_port) return file;
  }
  return -1;
}

bool PeerLeft(int socket) {
  pollfd state{socket, POLLRDHUP, 0};
  return poll(&state, 1, 0) > 0 && (state.revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL)) != 0;
}

void ResetConnection(int socket) {
  const linger at_once{1, 0};
  setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  // Disconnects: the kernel sends RST and forgets the peer, so that nothing written later can reach it.
  sockaddr nowhere{};
  nowhere.sa_family = AF_UNSPEC;
  static_cast<void>(connect(socket, &nowhere, sizeof nowhere));
}

void ShutConnection(int socket) {
  shutdown(socket, SHUT_RDWR);
}

void EndConnections(int local_port) {
  for (const int file : OpenFiles()) {
    const auto local = Address(file, getsockname);
    if (local && local->second == local_port && Address(file, getpeername)) shutdown(file, SHUT_RD);
  }
}

}  // namespace flux::sim
