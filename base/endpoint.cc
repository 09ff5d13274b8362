// Resolves a name once, at start (the first address wins), and opens the socket that listens on it.
#include "base/endpoint.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <asio/ip/tcp.hpp>
#include <asio/local/stream_protocol.hpp>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string_view>
#include <utility>

#include "base/ip_address.h"

namespace flux {
namespace {

using Endpoint = asio::generic::stream_protocol::endpoint;

constexpr int kBacklog = 4096;  // the kernel's own cap on Debian; bursts wait here, not in a SYN resend
constexpr std::string_view kUnixPrefix = "unix:";

// Held while a unix socket is looked at, replaced and bound: of two programs that start at the same moment,
// the second finds the first one's socket alive. It locks the folder, so that no file is left behind.
class FolderLock {
 public:
  explicit FolderLock(const std::string& path) {
    const std::string folder = std::filesystem::path(path).parent_path().string();
    descriptor_ = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor_ >= 0) ::flock(descriptor_, LOCK_EX);
  }
  ~FolderLock() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int descriptor_;
};

// Removes a socket that its owner left behind. One that answers stays, and bind then fails. It does not wait:
// a program whose queue of connections is full is alive.
void RemoveStaleSocket(const std::string& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0 || !S_ISSOCK(info.st_mode)) return;
  asio::io_context context;
  asio::local::stream_protocol::socket probe(context);
  asio::error_code ec;
  probe.open(asio::local::stream_protocol(), ec);
  if (!ec) probe.non_blocking(true, ec);
  if (!ec) probe.connect(asio::local::stream_protocol::endpoint(path), ec);
  if (ec == asio::error::connection_refused) ::unlink(path.c_str());
}

Result<Endpoint> Resolve(asio::io_context& context, const ListenAddress& address) {
  if (address.text.starts_with(kUnixPrefix)) {
    const std::string path = address.text.substr(kUnixPrefix.size());
    if (path.empty() || path.size() >= sizeof(sockaddr_un::sun_path)) {
      return Status(Reason::kInternal,
                    "cannot listen on " + address.text + ": the path is empty or too long");
    }
    return Endpoint(asio::local::stream_protocol::endpoint(path));
  }
  std::string host;
  int port = 0;
  if (!SplitHostPort(address.text, host, port)) {
    return Status(Reason::kInternal, "cannot listen on " + address.text + ": not HOST:PORT");
  }
  asio::ip::tcp::resolver resolver(context);
  asio::error_code ec;
  const auto found = resolver.resolve(host, std::to_string(port), asio::ip::resolver_base::passive, ec);
  if (ec || found.empty()) {
    return Status(Reason::kInternal, "cannot listen on " + address.text + ": " + ec.message());
  }
  return Endpoint(found.begin()->endpoint());
}

asio::ip::tcp::endpoint ToTcp(const Endpoint& endpoint) {
  asio::ip::tcp::endpoint tcp;
  if (endpoint.size() <= tcp.capacity()) {
    std::memcpy(tcp.data(), endpoint.data(), endpoint.size());
    tcp.resize(endpoint.size());
  }
  return tcp;
}

}  // namespace

Result<Acceptor> OpenListener(asio::io_context& context, const ListenAddress& address) {
  Result<Endpoint> endpoint = Resolve(context, address);
  if (!endpoint) return std::move(endpoint).error();
  Acceptor acceptor(context);
  asio::error_code ec;
  asio::error_code ignored;
  const bool is_unix = endpoint->data()->sa_family == AF_UNIX;
  std::optional<FolderLock> lock;
  if (is_unix) {
    const std::string path = address.text.substr(kUnixPrefix.size());
    lock.emplace(path);
    RemoveStaleSocket(path);
  }
  acceptor.open(endpoint->protocol(), ec);
  // Not SO_REUSEPORT: a second process on the same port is to fail, not to take half of the connections.
  if (!ec && !is_unix) acceptor.set_option(asio::socket_base::reuse_address(true), ec);
  // Linux hands this option down to accepted sockets. Without it a reply can wait 40 ms for an
  // acknowledgement.
  if (!ec && !is_unix) acceptor.set_option(asio::ip::tcp::no_delay(true), ec);
  if (!ec) acceptor.bind(*endpoint, ec);
  if (!ec) acceptor.listen(kBacklog, ec);
  if (ec) {
    acceptor.close(ignored);
    return Status(Reason::kInternal, "cannot listen on " + address.text + ": " + ec.message());
  }
  return acceptor;
}

std::string AddressText(const Endpoint& endpoint) {
  if (endpoint.data()->sa_family == AF_UNIX) {
    sockaddr_un address{};
    std::memcpy(&address, endpoint.data(), std::min(endpoint.size(), sizeof address));
    return std::string(kUnixPrefix) + address.sun_path;
  }
  const asio::ip::tcp::endpoint tcp = ToTcp(endpoint);
  const std::string host = tcp.address().to_string();
  return (tcp.address().is_v6() ? "[" + host + "]" : host) + ":" + std::to_string(tcp.port());
}

std::string PeerText(const Endpoint& endpoint) {
  const int family = endpoint.data()->sa_family;
  if (family != AF_INET && family != AF_INET6) return "unix";
  const asio::ip::address address = ToTcp(endpoint).address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
  }
  return address.to_string();
}

}  // namespace flux
