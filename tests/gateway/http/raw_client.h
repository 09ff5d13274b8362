// RawClient: a blocking socket for tests that care about bytes. Every wait ends at a deadline, none at a
// guess.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace flux::gateway {

// One reply as read from the wire.
struct RawReply {
  int status = 0;    // 0 where the connection ended first
  std::string head;  // with its empty line
  std::string body;  // Content-Length bytes, or the joined chunks
  bool Says(std::string_view text) const { return head.find(text) != std::string::npos; }
};

class RawClient {
 public:
  // "HOST:PORT", "[V6]:PORT" or "unix:PATH"; fails the test where nobody listens.
  explicit RawClient(const std::string& address);
  ~RawClient();
  RawClient(RawClient&& other) noexcept;
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  // False when the peer is gone.
  bool Send(std::string_view bytes);
  // As much of `bytes` as the kernel takes at once.
  std::size_t SendSome(std::string_view bytes);
  // The next reply; `has_body` is false for HEAD.
  RawReply Read(bool has_body = true);
  // Everything until the peer closes.
  std::string ReadToEnd();
  // Whether the peer ended the connection, by a close or a reset, without another byte.
  bool Ended();
  // Whether the connection ended with a reset rather than a close.
  bool WasReset() const { return reset_; }

  int fd() const { return fd_; }
  void HalfClose();
  // Closes with a reset.
  void Reset();
  void Close();

 private:
  bool Fill();
  bool ReadChunks(std::string& body);

  int fd_ = -1;
  bool reset_ = false;
  std::string buffer_;
};

// Waits until `condition` holds; false after ten seconds.
template <typename Condition>
bool Eventually(Condition condition, std::chrono::milliseconds limit = std::chrono::seconds(10));

// One turn of Eventually's waiting.
void Breathe();

template <typename Condition>
bool Eventually(Condition condition, std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    Breathe();
  }
  return true;
}

}  // namespace flux::gateway
