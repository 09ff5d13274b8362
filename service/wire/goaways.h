// GoAways: which HTTP/2 requests their server has certainly not processed, because it closed the connection
// by a GOAWAY frame whose last stream is an earlier one (RFC 9113 §6.8). libcurl says so in its informational
// lines alone: as an error, such a request looks like any other whose connection broke.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>

namespace flux::fal {

// Where a request was written: a connection, by its local port, and the stream on it.
struct Http2Stream {
  int port = 0;
  std::uint32_t id = 0;  // 0: not written, or not over HTTP/2
};

// The stream that a request was given, if `line` says so ("Using Stream ID: 1 (easy …)", libcurl 7.88;
// "[HTTP/2] [1] OPENED stream for …", 8.14).
std::optional<std::uint32_t> ReadStreamId(std::string_view line);

// The last stream that a server has processed, if `line` says so ("recveived GOAWAY, error=0,
// last_stream=19", 7.88; "received GOAWAY, …", 8.14).
std::optional<std::uint32_t> ReadLastStream(std::string_view line);

// Belongs to one event loop.
class GoAways {
 public:
  // A stream was opened. The first of a connection forgets what its port meant before.
  void Opened(const Http2Stream& stream);
  // A server has closed the connection from `port`, with `last_stream` as the last that it has processed.
  void Closed(int port, std::uint32_t last_stream);
  // Whether what was written there was certainly not processed.
  bool Spared(const Http2Stream& stream) const;

 private:
  std::unordered_map<int, std::uint32_t> last_streams_;  // by port
};

}  // namespace flux::fal
