// A simulator on port 0 and a client for it.
#pragma once

#include <gmock/gmock.h>
#include <httplib.h>

#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "base/http_server.h"
#include "base/ip_address.h"
#include "sim/json.h"
#include "sim/server.h"

namespace flux::sim {

// Looks until `done` or 10 s are over; returns whether it came true.
template <typename Done>
bool Eventually(Done done) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!done()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::yield();
  }
  return true;
}

class SimTest : public testing::Test {
 protected:
  static constexpr const char* kDev = "/fal-ai/flux/dev";

  static SimConfig FewThreads() {
    SimConfig config;
    config.threads = 8;  // the sanitizers make threads slow to start
    return config;
  }

  void StartSim(SimConfig config = FewThreads()) {
    config.listen.text = "127.0.0.1:0";
    sim_ = std::make_unique<Simulator>(config, log_);
    const auto addresses = sim_->Start();
    ASSERT_TRUE(addresses.has_value()) << addresses.error().message;
    ASSERT_TRUE(SplitHostPort(addresses->fal, host_, port_));
    ASSERT_TRUE(SplitHostPort(addresses->queue, host_, queue_port_));
    ASSERT_TRUE(SplitHostPort(addresses->platform, host_, platform_port_));
    if (!config.tls_cert.empty()) return;
    // The library makes tables on their first use. One request does it here: several at once look like a race
    // to ThreadSanitizer, which cannot see the library's guard.
    ASSERT_EQ(Client().Get("/_sim/limits")->status, 200);
  }

  httplib::Client Client() const { return ClientOf(port_); }
  httplib::Client ClientOf(int port) const {
    httplib::Client client(host_, port);
    client.set_read_timeout(30);
    client.set_tcp_nodelay(true);
    return client;
  }

  httplib::Result Post(const std::string& path, const std::string& body,
                       const std::string& key = "Key sim:sim") const {
    return Client().Post(path, httplib::Headers{{"Authorization", key}}, body, "application/json");
  }
  httplib::Result Generate(const Given& body, const std::string& path = kDev) const {
    return Post(path, body.dump());
  }

  Given Ledger() const { return Given::parse(Client().Get("/_sim/ledger")->body); }
  std::size_t Purchases() const { return Ledger()["purchases"].size(); }

  int Arm(const std::string& body) const {
    return Client().Post("/_sim/faults", body, "application/json")->status;
  }

  // The bytes of one picture of a reply, from the simulator's own file host.
  std::string Fetch(const std::string& url) const {
    const auto path = url.find("/files/");
    if (path == std::string::npos) return {};
    const auto file = Client().Get(url.substr(path));
    return file && file->status == 200 ? file->body : std::string();
  }

  // Never destroyed: ThreadSanitizer cannot see into the thread of the packaged spdlog and takes its end for
  // a race.
  static Log& SharedLog() {
    static Log& log = *new Log;
    return log;
  }

  Log& log_ = SharedLog();
  std::unique_ptr<Simulator> sim_;
  std::string host_;
  int port_ = 0;
  int queue_port_ = 0;
  int platform_port_ = 0;
};

// Sends raw bytes, closes its sending side if asked, and returns all that comes back.
class RawConnection {
 public:
  explicit RawConnection(int port);
  ~RawConnection();
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;

  void Send(const std::string& bytes) const;
  void EndSending() const;
  // Until `end` has come, and whatever came with it; less when the peer closes.
  std::string ReadUntil(const std::string& end) const;
  // Until the peer closes. `reset`, when given, says whether it ended with a reset.
  std::string ReadAll(bool* reset = nullptr) const;

 private:
  int socket_;
};

inline RawConnection::RawConnection(int port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  const timeval patience{20, 0};
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
}

inline RawConnection::~RawConnection() {
  ::close(socket_);
}

inline void RawConnection::Send(const std::string& bytes) const {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t n = ::send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) return;
    sent += static_cast<std::size_t>(n);
  }
}

inline void RawConnection::EndSending() const {
  ::shutdown(socket_, SHUT_WR);
}

inline std::string RawConnection::ReadUntil(const std::string& end) const {
  std::string all;
  char buffer[4096];
  ssize_t n = 0;
  while (all.find(end) == std::string::npos && (n = ::recv(socket_, buffer, sizeof buffer, 0)) > 0) {
    all.append(buffer, static_cast<std::size_t>(n));
  }
  return all;
}

inline std::string RawConnection::ReadAll(bool* reset) const {
  std::string all;
  char buffer[4096];
  ssize_t n = 0;
  while ((n = ::recv(socket_, buffer, sizeof buffer, 0)) > 0) all.append(buffer, static_cast<std::size_t>(n));
  if (reset != nullptr) *reset = n < 0 && errno == ECONNRESET;
  return all;
}

}  // namespace flux::sim
