// The listener of the gRPC port alone: what it hands over, what it ends, and for whom it makes room.
#include "service/rpc/listener.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <condition_variable>
#include <cstring>
#include <mutex>
#include <thread>

namespace flux::service {
namespace {

using namespace std::chrono_literals;

constexpr char kPreface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

// A connection to the port, blocking.
class Caller {
 public:
  explicit Caller(const std::string& address) : descriptor_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in peer{};
    peer.sin_family = AF_INET;
    peer.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    peer.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
    EXPECT_EQ(connect(descriptor_, reinterpret_cast<sockaddr*>(&peer), sizeof peer), 0);
    timeval patience{30, 0};
    setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;
  ~Caller() { close(descriptor_); }

  void Say(const std::string& text) { send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL); }
  // Whether the port closes it.
  bool IsEnded() {
    char byte = 0;
    const ssize_t got = recv(descriptor_, &byte, 1, 0);
    return got == 0 || (got < 0 && errno == ECONNRESET);
  }

 private:
  const int descriptor_;
};

class RpcListenerTest : public testing::Test {
 protected:
  void Listen(RpcListenerLimits limits) {
    listener_.emplace(limits);
    address_ = listener_->Bind({"127.0.0.1:0"}).value();
    listener_->Accept([this](int descriptor) {
      const std::lock_guard lock(mutex_);
      handed_.push_back(descriptor);
      changed_.notify_all();
    });
  }
  ~RpcListenerTest() override {
    listener_.reset();
    for (const int descriptor : handed_) close(descriptor);
  }

  bool WaitForHanded(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 30s, [&] { return handed_.size() >= count; });
  }

  std::optional<RpcListener> listener_;
  std::string address_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<int> handed_;
};

TEST_F(RpcListenerTest, HandsOverWhatBeginsLikeHttp2AndTakesNoByteAway) {
  Listen({});
  Caller caller(address_);
  caller.Say(std::string(kPreface, 10));
  caller.Say(kPreface + 10);
  ASSERT_TRUE(WaitForHanded(1));
  char read[sizeof kPreface] = {};
  EXPECT_EQ(recv(handed_[0], read, sizeof kPreface - 1, 0), static_cast<ssize_t>(sizeof kPreface - 1));
  EXPECT_STREQ(read, kPreface);
  EXPECT_EQ(listener_->counters().open, 1u);
  // gRPC shuts down what it is done with.
  shutdown(handed_[0], SHUT_RDWR);
  EXPECT_TRUE(caller.IsEnded());
  while (listener_->counters().open != 0) std::this_thread::yield();
}

TEST_F(RpcListenerTest, TellsOfWhatCanBeRead) {
  Listen({});
  Caller caller(address_);
  caller.Say(kPreface);
  ASSERT_TRUE(WaitForHanded(1));
  pollfd sockets{.fd = listener_->sockets(), .events = POLLIN, .revents = 0};
  ASSERT_EQ(poll(&sockets, 1, 30'000), 1);
  EXPECT_EQ(listener_->TakeReady(), 1);
  EXPECT_EQ(poll(&sockets, 1, 0), 0) << "told once, although nobody has read it";
  EXPECT_EQ(listener_->TakeReady(), 0);
  caller.Say("more");
  ASSERT_EQ(poll(&sockets, 1, 30'000), 1);
  EXPECT_EQ(listener_->TakeReady(), 1);
  shutdown(handed_[0], SHUT_RDWR);
  while (listener_->counters().open != 0) std::this_thread::yield();
  listener_->TakeReady();
  EXPECT_EQ(poll(&sockets, 1, 0), 0);
}

TEST_F(RpcListenerTest, EndsWhatBeginsWithSomethingElse) {
  Listen({});
  Caller caller(address_);
  caller.Say("GET / HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(caller.IsEnded());
  EXPECT_EQ(listener_->counters().not_grpc, 1u);
}

TEST_F(RpcListenerTest, WithTlsOnlyAHandshakeIsHandedOver) {
  Listen({.tls = true});
  Caller clear(address_);
  clear.Say(kPreface);
  EXPECT_TRUE(clear.IsEnded());
  Caller secure(address_);
  secure.Say("\x16\x03\x01");
  EXPECT_TRUE(WaitForHanded(1));
}

TEST_F(RpcListenerTest, EndsWhoSaysNothing) {
  Listen({.first_bytes = 50ms});
  Caller nothing(address_);
  Caller little(address_);
  little.Say("PRI");
  EXPECT_TRUE(nothing.IsEnded());
  EXPECT_TRUE(little.IsEnded());
  EXPECT_EQ(listener_->counters().silent, 2u);
}

TEST_F(RpcListenerTest, TheSilentMakeRoomForWhoSpeaks) {
  Listen({.connections = 2});
  Caller first(address_);
  Caller second(address_);
  Caller third(address_);
  third.Say(kPreface);
  EXPECT_TRUE(WaitForHanded(1));
  EXPECT_TRUE(first.IsEnded());
}

TEST_F(RpcListenerTest, WhoIsServedKeepsItsPlace) {
  Listen({.connections = 2, .connections_per_address = 0});
  Caller first(address_);
  Caller second(address_);
  first.Say(kPreface);
  ASSERT_TRUE(WaitForHanded(1));
  second.Say(kPreface);
  ASSERT_TRUE(WaitForHanded(2));
  for (const int descriptor : handed_) {
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    getpeername(descriptor, reinterpret_cast<sockaddr*>(&peer), &size);
    const auto connection = listener_->Find("ipv4:127.0.0.1:" + std::to_string(ntohs(peer.sin_port)));
    ASSERT_NE(connection, nullptr);
    EXPECT_EQ(connection->Received(), sizeof kPreface - 1);
    connection->Serve();
    EXPECT_TRUE(connection->served());
  }
  Caller third(address_);
  EXPECT_TRUE(third.IsEnded());
  EXPECT_EQ(listener_->counters().over_limit, 1u);
}

TEST_F(RpcListenerTest, OneAddressDoesNotTakeAll) {
  Listen({.connections = 100, .connections_per_address = 1});
  Caller first(address_);
  Caller second(address_);
  EXPECT_TRUE(first.IsEnded());
}

TEST_F(RpcListenerTest, WhoAsksNothingThatIsAnsweredMaySendOnlyLittle) {
  Listen({});
  Caller caller(address_);
  caller.Say(kPreface + std::string(300'000, 'x'));
  ASSERT_TRUE(WaitForHanded(1));
  std::thread reads([descriptor = handed_[0]] {
    char chunk[4096];
    while (recv(descriptor, chunk, sizeof chunk, 0) > 0) {
    }
  });
  EXPECT_TRUE(caller.IsEnded());
  reads.join();
  EXPECT_EQ(listener_->counters().talkative, 1u);
}

TEST_F(RpcListenerTest, WhoseCallsAreSeenLateIsNotEnded) {
  Listen({});
  Caller caller(address_);
  caller.Say(kPreface + std::string(200'000, 'x'));
  ASSERT_TRUE(WaitForHanded(1));
  char chunk[4096];
  for (std::size_t got = 0; got < 200'000;) {
    const ssize_t more = recv(handed_[0], chunk, sizeof chunk, 0);
    ASSERT_GT(more, 0);
    got += static_cast<std::size_t>(more);
  }
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(400);
  while (listener_->counters().talkative == 0 && std::chrono::steady_clock::now() < until) {
    std::this_thread::yield();
  }
  EXPECT_EQ(listener_->counters().talkative, 0u);
}

TEST(RpcListenerLimitsTest, FitWhatMayBeOpen) {
  RpcListenerLimits limits{.connections = 1000};
  EXPECT_FALSE(limits.FitTo(1 << 20));
  EXPECT_EQ(limits.connections, 1000u);
  EXPECT_TRUE(limits.FitTo(256));
  EXPECT_EQ(limits.connections, 80u);
  EXPECT_TRUE(limits.FitTo(8));
  EXPECT_GE(limits.connections, 1u);
}

}  // namespace
}  // namespace flux::service
