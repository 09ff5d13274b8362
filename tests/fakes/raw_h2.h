// RawH2: a gRPC caller made of HTTP/2 frames, which can do what no library would: leave messages unfinished,
// replies unread, and say that a message is compressed.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flux::fakes {

// One connection. Not thread-safe.
class RawH2 {
 public:
  // How much the peer may send on each stream without being asked for more; 65,535 is HTTP/2's own.
  struct Options {
    std::uint32_t window = 65'535;
    bool heed_settings = true;  // acknowledge the peer's settings
  };
  using Headers = std::vector<std::pair<std::string, std::string>>;

  // Connects to "HOST:PORT" and sends the preface.
  explicit RawH2(const std::string& address);
  RawH2(const std::string& address, Options options);
  ~RawH2();
  RawH2(const RawH2&) = delete;
  RawH2& operator=(const RawH2&) = delete;

  // Begins a call of this method; returns its stream.
  std::uint32_t Call(const std::string& method, const Headers& more = {});
  // Sends this on the stream, waiting for room where there is none. False: the peer has ended the stream or
  // the connection, or makes no room for 10 s.
  bool Send(std::uint32_t stream, std::string_view bytes, bool end = false);
  // A frame of any kind, at once. False: the connection is gone.
  bool SendFrame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream, std::string_view payload);

  // Reads until the stream (or the connection) has ended, at most 30 s. True: it has ended.
  bool WaitForEnd(std::uint32_t stream);
  // Reads until the peer has closed the connection, at most 30 s.
  bool WaitForClose();
  // What came in header blocks on the stream, as bytes: gRPC writes values unindexed or Huffman-coded, so
  // look only for whether there is anything.
  bool HasHeaders(std::uint32_t stream) const;
  bool closed() const { return closed_; }

 private:
  bool ReadUntil(const std::function<bool()>& done, std::chrono::milliseconds patience);
  void Take();
  bool Write(const std::string& bytes);

  struct Stream {
    std::int64_t room = 0;
    bool ended = false;
    bool headers = false;
  };

  Options options_;
  int descriptor_ = -1;
  bool closed_ = false;
  std::string received_;
  std::uint32_t next_ = 1;
  std::int64_t room_ = 65'535;
  std::int64_t first_room_ = 65'535;
  std::map<std::uint32_t, Stream> streams_;
};

// A gRPC message as it is sent: a flag that says whether it is compressed, its length, its bytes. `length`
// may say more than there is.
std::string GrpcMessage(std::string_view bytes, bool compressed = false);
std::string GrpcPrefix(std::uint32_t length, bool compressed = false);

}  // namespace flux::fakes
