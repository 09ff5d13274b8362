// ChunkedBody: joins the chunks of one chunked body (RFC 9112 §7.1) as they arrive. Strict about sizes and
// line ends; ignores extensions and discards trailers, both within bounds. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/http/framing.h"

namespace flux::gateway {

// One body's decoder. More bytes never change a refusal; how the bytes were split does not matter.
class ChunkedBody {
 public:
  // Beyond `max_bytes` of joined body: PAYLOAD_TOO_LARGE.
  explicit ChunkedBody(std::uint64_t max_bytes) : max_bytes_(max_bytes) {}

  // Reads `input` and appends what it holds of the body to `body`. `consumed` is how much of `input` was
  // read: all of it unless the body is complete (what follows is the next request) or refused. Not called
  // again after those two.
  Framed Feed(std::string_view input, std::string& body, std::size_t& consumed);

 private:
  enum class State { kSize, kExtension, kSizeLineFeed, kData, kDataReturn, kDataLineFeed, kTrailer };

  Framed OnSize(char c);
  Framed OnExtension(char c);
  Framed OnTrailer(char c);
  // The end of a size line's number or extension.
  Framed BeginChunk();

  std::uint64_t max_bytes_;
  std::uint64_t joined_ = 0;
  std::uint64_t left_ = 0;  // of the chunk at hand, or its size while that is read
  int digits_ = 0;
  std::size_t extension_bytes_ = 0;  // of the whole body
  std::size_t trailer_bytes_ = 0;
  State state_ = State::kSize;
  std::string trailer_;  // the trailer line at hand
};

}  // namespace flux::gateway
