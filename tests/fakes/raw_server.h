// RawServer: a TCP server on 127.0.0.1 that does exactly what a script says, byte by byte. Plays a
// misbehaving fal, or a misbehaving anything. One thread per connection.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace flux::fakes {

// One accepted connection, in the hands of a script.
class RawConnection {
 public:
  explicit RawConnection(int fd) : fd_(fd) {}
  ~RawConnection() { Close(); }
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;

  // Reads one whole HTTP/1.1 request with Content-Length; empty when the peer closed before its end.
  std::string ReadRequest();
  // Reads until the peer closes or resets.
  void ReadToEnd();
  void Write(std::string_view bytes);
  void Close();
  // Closes with RST instead of FIN.
  void Reset();

 private:
  int fd_;
  std::string buffer_;
};

class RawServer {
 public:
  // `number` counts connections from 0.
  using Script = std::function<void(RawConnection&, int number)>;

  explicit RawServer(Script script);
  ~RawServer();
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;

  int port() const { return port_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

 private:
  void Accept();

  Script script_;
  int listener_;
  int port_ = 0;
  std::thread acceptor_;
  std::mutex mutex_;
  std::vector<std::thread> threads_;
  std::vector<int> open_;
};

// An HTTP reply with Content-Length; `headers` are whole lines with CRLF.
std::string HttpReply(int status, std::string_view body, std::string_view headers = "");

}  // namespace flux::fakes
