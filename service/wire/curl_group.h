// CurlLoop::Group: one multi handle with its pool of connections. A room of curl_loop; nobody else includes
// it.
#pragma once

#include <curl/curl.h>

#include <asio/steady_timer.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <unordered_map>

#include "base/clock.h"
#include "service/wire/curl_loop.h"

namespace flux::fal {

class CurlLoop::Group {
 public:
  // `unused` is called on the loop when nothing has run for as long as connections are kept; it may destroy
  // the group. Empty: nobody wants to know.
  Group(asio::io_context& loop, bool own_sockets, std::function<void(const Group&)> unused);
  ~Group();
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;

  void Add(CURL* easy, Done done);
  void Remove(CURL* easy);

  std::size_t running() const { return running_.size(); }
  // Whether there may be a connection that nobody uses. With own sockets.
  bool has_idle() const { return own_open_ > running_.size(); }

 private:
  struct Socket;

  static int OnSocket(CURL* easy, curl_socket_t fd, int what, void* self, void* socket);
  static int OnTimer(CURLM* multi, long timeout_ms, void* self);
  static curl_socket_t OnOpen(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int OnClose(void* self, curl_socket_t fd);
  void SetTimer(long timeout_ms);
  void Arm();
  void OnTime();
  void Watch(int fd, int what);
  void ArmRead(const std::shared_ptr<Socket>& socket);
  void ArmWrite(const std::shared_ptr<Socket>& socket);
  void Act(int fd, int events);
  void Finish();
  void LookWhetherUnused();

  asio::io_context& loop_;
  CURLM* multi_;
  const bool own_sockets_;
  const std::function<void(const Group&)> unused_;
  long kept_connections_ =
      256;  // idle ones included; grows with what runs, old ones go by CURLOPT_MAXAGE_CONN
  asio::steady_timer timer_;
  asio::steady_timer unused_timer_;
  SteadyTime due_ = SteadyTime::max();    // when curl wants to be called
  SteadyTime armed_ = SteadyTime::max();  // when timer_ fires; after due_ only while a call is queued
  bool soon_ = false;                     // a call is in the loop's queue
  const std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
  std::unordered_map<int, std::shared_ptr<Socket>> sockets_;
  std::size_t own_open_ = 0;  // of them: opened by the group
  std::unordered_map<CURL*, Done> running_;
};

}  // namespace flux::fal
