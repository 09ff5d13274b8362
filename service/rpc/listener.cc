// One thread waits, with epoll, for new connections, for the first bytes of young ones and for the end of
// those that gRPC has. It is woken by nothing else: bytes of a connection that gRPC has are none of its
// business.
#include "service/rpc/listener.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <asio/io_context.hpp>
#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "base/endpoint.h"

namespace flux::service {
namespace {

// What every HTTP/2 connection begins with (RFC 9113 §3.4).
constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
constexpr unsigned char kTlsHandshake = 0x16;
// Out of descriptors: how long to leave the queue of new connections alone.
constexpr std::chrono::milliseconds kPause{50};
// At most this many are accepted before the others' events are looked at.
constexpr int kAtOnce = 64;
// Descriptors for everything but this port's connections: files, the metrics port, fal.
constexpr std::uint64_t kOtherDescriptors = 96;
// What a connection may send before a known caller has called on it. gRPC needs ever more time for a block of
// headers that does not end. A caller that begins with many calls may have sent more before a busy service
// has seen the first of them: it has a while, and is ended at once only beyond the second bound.
constexpr std::uint64_t kMostUnserved = 128 * 1024;
constexpr std::uint64_t kMostUnservedAtOnce = 1024 * 1024;
constexpr std::chrono::milliseconds kUnservedPatience{1000};
constexpr std::chrono::milliseconds kLook{100};
// How often it is looked at whose turn has come.
constexpr std::chrono::milliseconds kTurn{20};
// How long sent bytes may wait for a peer that takes none of them, or has vanished.
constexpr unsigned kUnacknowledgedMs = 60'000;

int OpenSpare() {
  return ::open("/dev/null", O_RDONLY | O_CLOEXEC);
}

std::string Text(int family, const void* address) {
  char text[INET6_ADDRSTRLEN] = {};
  ::inet_ntop(family, address, text, sizeof text);
  return text;
}

struct Peer {
  std::string name;     // as gRPC says it
  std::string address;  // without its port
};

Peer PeerOf(int descriptor) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (::getpeername(descriptor, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return {};
  if (storage.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(storage);
    const std::string address = Text(AF_INET, &v4.sin_addr);
    return {"ipv4:" + address + ":" + std::to_string(ntohs(v4.sin_port)), address};
  }
  if (storage.ss_family != AF_INET6) return {{}, "unix"};
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(storage);
  const std::string port = std::to_string(ntohs(v6.sin6_port));
  if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
    const std::string address = Text(AF_INET, &v6.sin6_addr.s6_addr[12]);
    return {"ipv4:" + address + ":" + port, address};
  }
  const std::string address = Text(AF_INET6, &v6.sin6_addr);
  return {"ipv6:%5B" + address + "%5D:" + port, address};
}

bool IsStarved(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

}  // namespace

// A connection that has said nothing yet, or not enough.
struct RpcListener::Waiting {
  int descriptor;
  Peer peer;
  SteadyTime until;
  bool ready = false;  // has said enough, and waits for its turn
};

// A connection that gRPC has.
struct RpcListener::Open {
  std::shared_ptr<RpcConnection> connection;
  SteadyTime much_since = SteadyTime::max();  // when it was first seen to have sent much and be unserved
  bool ended = false;
};

// What is kept of an address while it has a connection.
struct RpcListener::Address {
  std::uint32_t connections = 0;
  // Turns that it has left, up to twice what comes in a second, when they were last counted.
  double turns = 0;
  SteadyTime counted{};
};

bool RpcListenerLimits::FitTo(std::uint64_t descriptors) {
  const std::uint64_t free =
      descriptors > 2 * kOtherDescriptors ? descriptors - kOtherDescriptors : descriptors / 2;
  const auto most =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(std::max<std::uint64_t>(free / 2, 1), connections));
  const bool lower = most < connections;
  connections = most;
  return lower;
}

RpcListener::RpcListener(RpcListenerLimits limits) : limits_(limits) {}

RpcListener::~RpcListener() {
  Close();
  if (sockets_ >= 0) ::close(sockets_);
}

Result<std::string> RpcListener::Bind(const ListenAddress& address) {
  asio::io_context context;
  Result<flux::Acceptor> opened = OpenListener(context, address);
  if (!opened) return std::move(opened).error();
  asio::error_code ec;
  const std::string bound = AddressText(opened->local_endpoint(ec));
  is_unix_ = bound.starts_with("unix:");
  if (is_unix_) unix_path_ = bound.substr(5);
  listening_ = opened->release(ec);
  events_ = ::epoll_create1(EPOLL_CLOEXEC);
  wake_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  sockets_ = ::epoll_create1(EPOLL_CLOEXEC);
  spare_ = OpenSpare();
  if (ec || events_ < 0 || wake_ < 0 || sockets_ < 0 || spare_ < 0) {
    return Status(Reason::kInternal,
                  "cannot listen on " + address.text + ": " + std::generic_category().message(errno));
  }
  ::fcntl(listening_, F_SETFL, ::fcntl(listening_, F_GETFL) | O_NONBLOCK);
  return bound;
}

void RpcListener::Accept(HandOver hand_over) {
  hand_over_ = std::move(hand_over);
  for (const int descriptor : {listening_, wake_}) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = descriptor;
    ::epoll_ctl(events_, EPOLL_CTL_ADD, descriptor, &event);
  }
  running_ = true;
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "grpc-accept");
    Run();
    running_ = false;
  });
}

void RpcListener::Close() {
  stopping_ = true;
  if (thread_.joinable()) {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wake_, &one, sizeof one);
    thread_.join();
  }
  if (!unix_path_.empty()) ::unlink(std::exchange(unix_path_, {}).c_str());
  for (int* const descriptor : {&listening_, &events_, &wake_, &spare_}) {
    if (*descriptor >= 0) ::close(std::exchange(*descriptor, -1));
  }
}

void RpcListener::EndAll() const {
  for (const Open& one : open_) one.connection->Close();
}

int RpcListener::TakeReady() const {
  std::array<epoll_event, kAtOnce> ready;
  int all = 0;
  for (int count = kAtOnce; count == kAtOnce;) {
    count = ::epoll_wait(sockets_, ready.data(), ready.size(), 0);
    all += std::max(count, 0);
  }
  return all;
}

std::string RpcListener::Problem() const {
  if (!running_) return "no connections are accepted";
  return starved_ ? "no file descriptor is free for another connection" : "";
}

std::shared_ptr<RpcConnection> RpcListener::Find(const std::string& peer) const {
  const std::lock_guard lock(mutex_);
  const auto found = by_peer_.find(peer);
  return found == by_peer_.end() ? nullptr : found->second;
}

void RpcListener::Run() {
  std::array<epoll_event, kAtOnce> events;
  while (!stopping_) {
    const int count = ::epoll_wait(events_, events.data(), events.size(), Patience());
    for (int i = 0; i < count; ++i) {
      const int descriptor = events[static_cast<std::size_t>(i)].data.fd;
      if (descriptor == listening_) {
        TakeNew();
      } else if (waiting_by_descriptor_.contains(descriptor)) {
        Look(descriptor);
      } else if (descriptor != wake_) {
        Forget(descriptor);
      }
    }
    LookAtWaiting();
    EndTheTalkative();
    if (paused_until_ != SteadyTime{} && std::chrono::steady_clock::now() >= paused_until_) {
      paused_until_ = {};
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.fd = listening_;
      ::epoll_ctl(events_, EPOLL_CTL_MOD, listening_, &event);
      // Where a descriptor can be had again, it is ready again, whether or not somebody comes.
      if (const int free = OpenSpare(); free >= 0) {
        ::close(free);
        starved_ = false;
      } else {
        paused_until_ = std::chrono::steady_clock::now() + kPause;
      }
    }
  }
  while (!waiting_.empty()) Drop(waiting_.begin());
}

// Milliseconds until something has to be done without an event; -1: never.
int RpcListener::Patience() const {
  SteadyTime until = SteadyTime::max();
  if (!waiting_.empty()) until = waiting_.front().until;
  if (paused_until_ != SteadyTime{}) until = std::min(until, paused_until_);
  until = std::min(until, next_look_);
  if (ready_ > 0) until = std::min(until, std::chrono::steady_clock::now() + kTurn);
  if (until == SteadyTime::max()) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000));
}

void RpcListener::TakeNew() {
  for (int i = 0; i < kAtOnce; ++i) {
    const int descriptor = ::accept4(listening_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor >= 0) {
      starved_ = false;
      Admit(descriptor);
    } else if (IsStarved(errno)) {
      starved_ = true;
      RefuseForWantOfFiles();
      Pause();
      return;
    } else if (errno != ECONNABORTED && errno != EINTR) {
      return;  // nobody is left, or it is of no use to ask again at once
    }
  }
}

// Whoever waits in the queue learns at once that there is no room, instead of waiting for ever.
void RpcListener::RefuseForWantOfFiles() {
  if (spare_ >= 0) ::close(std::exchange(spare_, -1));
  const int descriptor = ::accept4(listening_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (descriptor >= 0) {
    counters_.out_of_files.fetch_add(1);
    ::close(descriptor);
  }
  spare_ = OpenSpare();
}

void RpcListener::Pause() {
  paused_until_ = std::chrono::steady_clock::now() + kPause;
  epoll_event event{};
  event.data.fd = listening_;
  ::epoll_ctl(events_, EPOLL_CTL_MOD, listening_, &event);
}

std::uint32_t RpcListener::Of(const std::string& address) const {
  const auto found = by_address_.find(address);
  return found == by_address_.end() ? 0 : found->second.connections;
}

// Ends the oldest connection that nobody has used, where a limit is reached: of those that have said nothing,
// else of those on which no known caller has called. Returns whether another one has room now.
bool RpcListener::MakeRoom(const std::string& address) {
  const bool address_full =
      limits_.connections_per_address != 0 && Of(address) >= limits_.connections_per_address;
  const bool all_full = waiting_.size() + open_.size() >= limits_.connections;
  if (!address_full && !all_full) return true;
  const auto fits = [&](const std::string& other) { return !address_full || other == address; };
  const auto silent =
      std::ranges::find_if(waiting_, [&](const Waiting& one) { return fits(one.peer.address); });
  if (silent != waiting_.end()) {
    counters_.silent.fetch_add(1);
    Drop(silent);
    return true;
  }
  const auto unused = std::ranges::find_if(
      open_, [&](const Open& one) { return !one.connection->served() && fits(one.connection->address()); });
  if (unused == open_.end()) return false;
  counters_.silent.fetch_add(1);
  unused->connection->End();
  Forget(unused->connection->descriptor());
  return true;
}

void RpcListener::Admit(int descriptor) {
  counters_.accepted.fetch_add(1);
  Peer peer = PeerOf(descriptor);
  if (!MakeRoom(peer.address)) {
    counters_.over_limit.fetch_add(1);
    ::close(descriptor);
    return;
  }
  ForgetAddresses();
  const auto [address, is_new] = by_address_.try_emplace(peer.address);
  if (is_new) address->second = {0, 2.0 * limits_.handed_per_second, std::chrono::steady_clock::now()};
  ++address->second.connections;
  counters_.open.fetch_add(1);
  waiting_.push_back({descriptor, std::move(peer), std::chrono::steady_clock::now() + limits_.first_bytes});
  waiting_by_descriptor_[descriptor] = std::prev(waiting_.end());
  epoll_event event{};
  event.events = EPOLLIN | EPOLLRDHUP | EPOLLET;
  event.data.fd = descriptor;
  if (::epoll_ctl(events_, EPOLL_CTL_ADD, descriptor, &event) != 0) Drop(std::prev(waiting_.end()));
}

void RpcListener::Look(int descriptor) {
  const auto waiting = waiting_by_descriptor_.at(descriptor);
  std::array<char, kPreface.size()> first;
  const ssize_t got = ::recv(descriptor, first.data(), first.size(), MSG_PEEK | MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return Drop(waiting);
  const std::string_view seen(first.data(), static_cast<std::size_t>(got));
  const bool right =
      limits_.tls ? static_cast<unsigned char>(seen[0]) == kTlsHandshake : kPreface.starts_with(seen);
  if (!right) {
    counters_.not_grpc.fetch_add(1);
    return Drop(waiting);
  }
  if (!limits_.tls && seen.size() < kPreface.size()) return;
  ::epoll_ctl(events_, EPOLL_CTL_DEL, descriptor, nullptr);
  if (HasTurn(waiting->peer.address)) return Pass(waiting);
  waiting->ready = true;
  ++ready_;
}

void RpcListener::Refill(Address& address) const {
  const SteadyTime now = std::chrono::steady_clock::now();
  const double seconds = std::chrono::duration<double>(now - address.counted).count();
  const double per_second = limits_.handed_per_second;
  address.turns = std::min(address.turns + seconds * per_second, 2 * per_second);
  address.counted = now;
}

bool RpcListener::HasTurn(const std::string& name) {
  Address& address = by_address_.at(name);
  Refill(address);
  if (address.turns < 1) return false;
  address.turns -= 1;
  return true;
}

// Of addresses without a connection only those are kept that have used up turns, and only while they are few.
void RpcListener::ForgetAddresses() {
  if (by_address_.size() <= 2 * static_cast<std::size_t>(limits_.connections)) return;
  std::erase_if(by_address_, [this](const auto& one) {
    Address address = one.second;
    Refill(address);
    return address.connections == 0 && address.turns >= 2.0 * limits_.handed_per_second;
  });
}

void RpcListener::Pass(std::list<Waiting>::iterator waiting) {
  const int descriptor = waiting->descriptor;
  const int duplicate = ::fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
  if (duplicate < 0) {
    counters_.out_of_files.fetch_add(1);
    return Drop(waiting);
  }
  if (waiting->ready) --ready_;
  if (!is_unix_) {
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, &kUnacknowledgedMs, sizeof kUnacknowledgedMs);
  }
  auto connection =
      std::make_shared<RpcConnection>(duplicate, std::move(waiting->peer.name), waiting->peer.address);
  waiting_by_descriptor_.erase(descriptor);
  waiting_.erase(waiting);
  if (!connection->peer().empty()) {
    const std::lock_guard lock(mutex_);
    by_peer_[connection->peer()] = connection;
  }
  open_.push_back({.connection = std::move(connection)});
  open_by_descriptor_[duplicate] = std::prev(open_.end());
  next_look_ = std::min(next_look_, std::chrono::steady_clock::now() + kLook);
  // gRPC shuts a connection down when it is done with it, and the duplicate hears of that. It asks for
  // nothing else, so that no byte on the connection wakes this thread.
  epoll_event event{};
  event.data.fd = duplicate;
  ::epoll_ctl(events_, EPOLL_CTL_ADD, duplicate, &event);
  hand_over_(descriptor);
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  ::epoll_ctl(sockets_, EPOLL_CTL_ADD, duplicate, &event);
}

void RpcListener::Drop(std::list<Waiting>::iterator waiting) {
  const int descriptor = waiting->descriptor;
  if (waiting->ready) --ready_;
  --by_address_.at(waiting->peer.address).connections;
  counters_.open.fetch_sub(1);
  waiting_by_descriptor_.erase(descriptor);
  waiting_.erase(waiting);
  ::close(descriptor);
}

void RpcListener::Forget(int descriptor) {
  const auto found = open_by_descriptor_.find(descriptor);
  if (found == open_by_descriptor_.end()) return;
  const std::shared_ptr<RpcConnection> connection = std::move(found->second->connection);
  open_.erase(found->second);
  open_by_descriptor_.erase(found);
  for (const int set : {events_, sockets_}) ::epoll_ctl(set, EPOLL_CTL_DEL, descriptor, nullptr);
  --by_address_.at(connection->address()).connections;
  counters_.open.fetch_sub(1);
  const std::lock_guard lock(mutex_);
  const auto named = by_peer_.find(connection->peer());
  if (named != by_peer_.end() && named->second == connection) by_peer_.erase(named);
}

// Ends who has said nothing in time, and hands over whose turn has come.
void RpcListener::LookAtWaiting() {
  const SteadyTime now = std::chrono::steady_clock::now();
  for (auto one = waiting_.begin(); one != waiting_.end();) {
    const auto waiting = one++;
    if (waiting->ready) {
      if (HasTurn(waiting->peer.address)) Pass(waiting);
    } else if (waiting->until <= now) {
      counters_.silent.fetch_add(1);
      Drop(waiting);
    } else if (ready_ == 0) {
      return;  // all others have come later
    }
  }
}

void RpcListener::EndTheTalkative() {
  const SteadyTime now = std::chrono::steady_clock::now();
  if (now < next_look_) return;
  next_look_ = SteadyTime::max();
  for (Open& one : open_) {
    if (one.connection->served()) continue;
    next_look_ = now + kLook;
    const std::uint64_t received = one.connection->Received().value_or(0);
    if (received <= kMostUnserved) continue;
    one.much_since = std::min(one.much_since, now);
    if (received <= kMostUnservedAtOnce && now - one.much_since < kUnservedPatience) continue;
    if (std::exchange(one.ended, true)) continue;
    counters_.talkative.fetch_add(1);
    one.connection->End();
  }
}

}  // namespace flux::service
