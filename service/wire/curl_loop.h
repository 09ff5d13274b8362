// CurlLoop: libcurl's multi interface driven by one Asio event loop. Knows sockets and timers, nothing of
// HTTP or fal.
#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <unordered_map>

#include "base/clock.h"

namespace flux::fal {

// Lives on its loop: every call is made there, and it is destroyed there or after the loop has stopped.
// Handles are void* (libcurl's CURL*), so that this header stays light; owners keep them alive until `done`
// or Remove.
class CurlLoop {
 public:
  using Done = std::function<void(int curl_code)>;

  explicit CurlLoop(asio::io_context& loop);
  ~CurlLoop();
  CurlLoop(const CurlLoop&) = delete;
  CurlLoop& operator=(const CurlLoop&) = delete;

  // Starts a transfer; `done` runs on the loop, never inside Add.
  void Add(void* easy, Done done);
  // Abandons a transfer; its `done` will not run. Its connection is closed unless other transfers share it
  // (HTTP/2).
  void Remove(void* easy);

 private:
  struct Socket;

  static int OnSocket(void* easy, int fd, int what, void* self, void* socket);
  static int OnTimer(void* multi, long timeout_ms, void* self);
  void SetTimer(long timeout_ms);
  void Arm();
  void OnTime();
  void Watch(int fd, int what);
  void ArmRead(const std::shared_ptr<Socket>& socket);
  void ArmWrite(const std::shared_ptr<Socket>& socket);
  void Act(int fd, int events);
  void Finish();

  asio::io_context& loop_;
  void* multi_;
  long kept_connections_ =
      256;  // idle ones included; grows with what runs, old ones go by CURLOPT_MAXAGE_CONN
  asio::steady_timer timer_;
  SteadyTime due_ = SteadyTime::max();    // when curl wants to be called
  SteadyTime armed_ = SteadyTime::max();  // when timer_ fires; after due_ only while a call is queued
  bool soon_ = false;                     // a call is in the loop's queue
  const std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
  std::unordered_map<int, std::shared_ptr<Socket>> sockets_;
  std::unordered_map<void*, Done> running_;
};

}  // namespace flux::fal
