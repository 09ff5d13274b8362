// CurlLoop: libcurl's multi interface driven by one Asio event loop. Knows sockets and timers, nothing of
// HTTP or fal.
#pragma once

#include <asio/io_context.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

namespace flux::fal {

struct CurlLoopOptions {
  // Whether the loop opens and closes the sockets of its transfers, and so watches each only once. Else the
  // handles may have functions of their own for it.
  bool own_sockets = false;
  // How many transfers share a pool of connections; 0: all. libcurl looks through a whole pool for one that
  // is free, so where each transfer has a connection to itself (HTTP/1.1), thousands in one pool would pay
  // for each other. With own_sockets.
  std::size_t most_together = 0;
};

// Lives on its loop: every call is made there, and it is destroyed there or after the loop has stopped.
// Handles are void* (libcurl's CURL*), so that this header stays light; owners keep them alive until `done`
// or Remove. CURLOPT_PRIVATE is the loop's.
class CurlLoop {
 public:
  using Done = std::function<void(int curl_code)>;

  explicit CurlLoop(asio::io_context& loop, CurlLoopOptions options = {});
  ~CurlLoop();
  CurlLoop(const CurlLoop&) = delete;
  CurlLoop& operator=(const CurlLoop&) = delete;

  // Starts a transfer; `done` runs on the loop, never inside Add.
  void Add(void* easy, Done done);
  // Abandons a transfer; its `done` will not run. Its connection is closed unless other transfers share it
  // (HTTP/2).
  void Remove(void* easy);

 private:
  class Group;

  Group& Choose();

  asio::io_context& loop_;
  const CurlLoopOptions options_;
  std::vector<std::unique_ptr<Group>> groups_;  // the first stays
};

}  // namespace flux::fal
