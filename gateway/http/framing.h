// Framing: the only place that decides where a request's head ends and how long its body is. Pure functions
// over bytes, strict RFC 9112: whatever two readers could understand differently is refused, never repaired.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/reason.h"

namespace flux::gateway {

// Bounds of one head.
struct HeadLimits {
  std::size_t bytes =
      32 * 1024;              // request line, headers and all line ends; cookies and long prompts in URLs fit
  std::size_t headers = 100;  // nobody's browser sends half of it
};

// The longest request target that is read; the engine's library refuses request lines beyond 8,192 bytes.
inline constexpr std::size_t kMaxTargetBytes = 8000;

// One header line; views into the buffer that was framed.
struct HeaderField {
  std::string_view name;
  std::string_view value;  // without surrounding white space
};

// One request's head, understood. Views point into the buffer that was framed.
struct Head {
  std::size_t size = 0;  // bytes of the buffer the head takes, its empty line included
  std::string_view method;
  std::string_view target;         // as sent
  std::string_view origin_target;  // "/path?query", or "*"; differs from target for the absolute form
  int minor_version = 1;           // HTTP/1.x
  bool chunked = false;
  bool has_content_length = false;
  std::uint64_t content_length = 0;
  bool keep_alive = true;        // what the version and Connection ask for
  bool expect_continue = false;  // never for HTTP/1.0
  std::vector<HeaderField> fields;
};

enum class Verdict {
  kNeedMore,  // right so far
  kComplete,
  kRefused,
};

// What was decided. `reason` and `sentence` mean something where it is kRefused; the sentence is a literal.
struct Framed {
  Verdict verdict = Verdict::kNeedMore;
  Reason reason = Reason::kMalformedRequest;
  std::string_view sentence;
};

// Reads one head from the start of `buffer` into `head`, which keeps its capacity between calls and is only
// meaningful when the verdict is kComplete. More bytes never change a verdict other than kNeedMore, and at
// limits.bytes there is no kNeedMore any more.
Framed FrameHead(std::string_view buffer, const HeadLimits& limits, Head& head);

// The value of the one Origin line among the header lines at the start of `buffer`, also where the head is
// not whole or was refused; empty where there is none, or more than one. A view into the buffer.
std::string_view FindOrigin(std::string_view buffer, const HeadLimits& limits);

inline Framed Complete() {
  return {Verdict::kComplete, Reason::kMalformedRequest, {}};
}

// A refusal; `sentence` outlives it.
inline Framed Refuse(std::string_view sentence, Reason reason = Reason::kMalformedRequest) {
  return {Verdict::kRefused, reason, sentence};
}

}  // namespace flux::gateway
