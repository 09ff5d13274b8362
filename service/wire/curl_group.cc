// The glue: curl says which sockets and which timer it wants watched, Asio watches, curl acts.
#include "service/wire/curl_group.h"

#include <sys/socket.h>
#include <unistd.h>

#include <asio/posix/stream_descriptor.hpp>
#include <asio/post.hpp>
#include <chrono>
#include <utility>

namespace flux::fal {

namespace {

// Connections that nobody uses are not used again after this (CURLOPT_MAXAGE_CONN, curl_handles.cc).
constexpr std::chrono::seconds kMostIdle{50};

// libcurl wants one global init before its first use and no thread racing with it.
CURLM* NewMulti() {
  static const CURLcode done = curl_global_init(CURL_GLOBAL_DEFAULT);
  static_cast<void>(done);
  return curl_multi_init();
}

}  // namespace

// A socket of curl's, which closes it, or asks for it to be closed where it is our own.
struct CurlLoop::Group::Socket {
  Socket(asio::io_context& loop, int fd, bool is_own) : descriptor(loop), own(is_own) {
    asio::error_code ec;
    descriptor.assign(fd, ec);  // where it fails, so does every wait
  }
  asio::posix::stream_descriptor descriptor;
  const bool own;
  int wanted = 0;  // CURL_POLL_*
  bool reading = false;
  bool writing = false;
};

CurlLoop::Group::Group(asio::io_context& loop, bool own_sockets, std::function<void(const Group&)> unused)
    : loop_(loop),
      multi_(NewMulti()),
      own_sockets_(own_sockets),
      unused_(std::move(unused)),
      timer_(loop),
      unused_timer_(loop) {
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &Group::OnSocket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &Group::OnTimer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, kept_connections_);
  curl_multi_setopt(multi_, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
}

CurlLoop::Group::~Group() {
  for (const auto& [easy, done] : running_) curl_multi_remove_handle(multi_, easy);
  curl_multi_cleanup(multi_);
  // Whatever curl did not announce as removed is closed by now; Asio must not close it again.
  for (const auto& [fd, socket] : sockets_) {
    socket->wanted = 0;
    socket->descriptor.release();
  }
}

void CurlLoop::Group::Add(CURL* easy, Done done) {
  running_.emplace(easy, std::move(done));
  curl_easy_setopt(easy, CURLOPT_PRIVATE, this);
  if (own_sockets_) {
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &Group::OnOpen);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, this);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, &Group::OnClose);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, this);
  }
  // By default curl keeps four connections per running transfer, so a lull between bursts would close the
  // pool.
  if (static_cast<long>(running_.size()) > kept_connections_ / 2) {
    kept_connections_ *= 2;
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, kept_connections_);
  }
  curl_multi_add_handle(multi_, easy);  // asks for a timer at once, which starts the transfer
}

void CurlLoop::Group::Remove(CURL* easy) {
  if (running_.erase(easy) == 0) return;
  curl_multi_remove_handle(multi_, easy);
  LookWhetherUnused();
}

void CurlLoop::Group::LookWhetherUnused() {
  if (!unused_ || !running_.empty()) return;
  unused_timer_.expires_after(kMostIdle);
  unused_timer_.async_wait([this, alive = std::weak_ptr<const bool>(alive_)](const asio::error_code& error) {
    if (error || alive.expired() || !running_.empty()) return;
    const std::function<void(const Group&)> unused = unused_;  // it outlives the group
    unused(*this);
  });
}

int CurlLoop::Group::OnSocket(CURL*, curl_socket_t fd, int what, void* self, void*) {
  static_cast<Group*>(self)->Watch(fd, what);
  return 0;
}

int CurlLoop::Group::OnTimer(CURLM*, long timeout_ms, void* self) {
  static_cast<Group*>(self)->SetTimer(timeout_ms);
  return 0;
}

curl_socket_t CurlLoop::Group::OnOpen(void* self, curlsocktype, curl_sockaddr* address) {
  auto* group = static_cast<Group*>(self);
  const int fd = ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  if (fd < 0) return CURL_SOCKET_BAD;
  auto socket = std::make_shared<Socket>(group->loop_, fd, true);
  if (!socket->descriptor.is_open()) {
    ::close(fd);
    return CURL_SOCKET_BAD;
  }
  group->sockets_[fd] = std::move(socket);
  ++group->own_open_;
  return fd;
}

int CurlLoop::Group::OnClose(void* self, curl_socket_t fd) {
  auto* group = static_cast<Group*>(self);
  if (const auto found = group->sockets_.find(fd); found != group->sockets_.end()) {
    found->second->wanted = 0;
    found->second->descriptor.release();
    group->sockets_.erase(found);
    --group->own_open_;
  }
  return ::close(fd);
}

// curl moves its one timer several times per transfer, mostly to "now" or to later. "Now" takes the loop's
// queue, and a later time is found when the earlier one fires: the kernel's timer is hardly touched.
void CurlLoop::Group::SetTimer(long timeout_ms) {
  if (timeout_ms < 0) {
    due_ = SteadyTime::max();
    return;
  }
  due_ = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  if (timeout_ms > 0) {
    if (due_ < armed_) Arm();
    return;
  }
  if (soon_) return;
  soon_ = true;
  asio::post(loop_, [this, alive = std::weak_ptr<const bool>(alive_)] {
    if (alive.expired()) return;
    soon_ = false;
    OnTime();
  });
}

void CurlLoop::Group::Arm() {
  armed_ = due_;
  timer_.expires_at(armed_);
  timer_.async_wait([this, alive = std::weak_ptr<const bool>(alive_)](const asio::error_code& error) {
    if (error || alive.expired()) return;
    armed_ = SteadyTime::max();
    OnTime();
  });
}

void CurlLoop::Group::OnTime() {
  if (due_ <= std::chrono::steady_clock::now()) {
    due_ = SteadyTime::max();  // curl sets the next one while it acts
    Act(CURL_SOCKET_TIMEOUT, 0);
  } else if (due_ < armed_) {
    Arm();
  }
}

void CurlLoop::Group::Watch(int fd, int what) {
  auto found = sockets_.find(fd);
  if (what == CURL_POLL_REMOVE) {
    if (found == sockets_.end()) return;
    found->second->wanted = 0;
    if (found->second->own) return;       // it stays watched until it is closed
    found->second->descriptor.release();  // before curl closes it, and the number is given to someone else
    sockets_.erase(found);
    return;
  }
  if (found == sockets_.end()) found = sockets_.emplace(fd, std::make_shared<Socket>(loop_, fd, false)).first;
  found->second->wanted = what;
  ArmRead(found->second);
  ArmWrite(found->second);
}

void CurlLoop::Group::ArmRead(const std::shared_ptr<Socket>& socket) {
  if (socket->reading || (socket->wanted & CURL_POLL_IN) == 0) return;
  socket->reading = true;
  socket->descriptor.async_wait(asio::posix::stream_descriptor::wait_read,
                                [this, socket](const asio::error_code& error) {
                                  socket->reading = false;
                                  if (error || (socket->wanted & CURL_POLL_IN) == 0) return;
                                  Act(socket->descriptor.native_handle(), CURL_CSELECT_IN);
                                  ArmRead(socket);
                                });
}

void CurlLoop::Group::ArmWrite(const std::shared_ptr<Socket>& socket) {
  if (socket->writing || (socket->wanted & CURL_POLL_OUT) == 0) return;
  socket->writing = true;
  socket->descriptor.async_wait(asio::posix::stream_descriptor::wait_write,
                                [this, socket](const asio::error_code& error) {
                                  socket->writing = false;
                                  if (error || (socket->wanted & CURL_POLL_OUT) == 0) return;
                                  Act(socket->descriptor.native_handle(), CURL_CSELECT_OUT);
                                  ArmWrite(socket);
                                });
}

void CurlLoop::Group::Act(int fd, int events) {
  int running = 0;
  curl_multi_socket_action(multi_, fd, events, &running);
  Finish();
}

void CurlLoop::Group::Finish() {
  int left = 0;
  while (CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    void* easy = message->easy_handle;
    const CURLcode code = message->data.result;  // `message` dies with remove_handle
    curl_multi_remove_handle(multi_, easy);
    auto node = running_.extract(easy);
    if (!node.empty()) node.mapped()(code);
  }
  LookWhetherUnused();
}

}  // namespace flux::fal
