// Binds, deepens the backlog, serves.
#include "base/http_server.h"

#include <httplib.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "base/ip_address.h"

namespace flux {
namespace {

constexpr int kBacklog =
    1024;  // the packaged library listens with 5: a burst then waits for a SYN resend, 1 to 3 s
constexpr std::size_t kKeepAliveRequests = 1'000'000;

}  // namespace

HttpServer::HttpServer(httplib::Server& server, std::size_t threads, std::chrono::seconds keep_alive)
    : server_(server) {
  server_.new_task_queue = [threads] { return new httplib::ThreadPool(threads); };
  server_.set_tcp_nodelay(true);
  server_.set_keep_alive_timeout(keep_alive.count());
  server_.set_keep_alive_max_count(kKeepAliveRequests);
}

Result<std::string> HttpServer::Start(const ListenAddress& address) {
  std::string host;
  int port = 0;
  if (!SplitHostPort(address.text, host, port)) {
    return Status(Reason::kInternal, "cannot listen on " + address.text + ": not HOST:PORT");
  }
  // The options callback is the library's one seam that sees the socket. SO_REUSEADDR only: with
  // SO_REUSEPORT, its default, a second process on the same port would silently take half of the connections.
  auto listener = std::make_shared<int>(-1);
  server_.set_socket_options([listener](socket_t sock) {
    const int on = 1;
    setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    *listener = sock;
  });
  if (port == 0) {
    port = server_.bind_to_any_port(host);
    if (port < 0) port = 0;
  } else if (!server_.bind_to_port(host, port)) {
    port = 0;
  }
  if (port == 0 || ::listen(*listener, kBacklog) != 0) {
    return Status(Reason::kInternal, "cannot listen on " + address.text + ": " + std::strerror(errno));
  }
  thread_ = std::thread([this] { server_.listen_after_bind(); });
  const bool ipv6 = host.find(':') != std::string::npos;
  return (ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

void HttpServer::Stop() {
  if (!thread_.joinable()) return;
  // stop() only closes a listener that already runs, so wait for it to run; listen_after_bind sets the flag
  // first.
  while (!server_.is_running()) std::this_thread::yield();
  server_.stop();
  thread_.join();
}

}  // namespace flux
