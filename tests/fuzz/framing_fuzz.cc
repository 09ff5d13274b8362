// Bytes as a connection would see them: heads, chunked bodies and targets, one request behind the other.
// Checks that nothing is read beyond the input, that how the bytes were split never changes what was decided,
// and that whatever framing lets through, the engine can interpret or refuse.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "gateway/http/chunked_body.h"
#include "gateway/http/engine.h"
#include "gateway/http/framing.h"

namespace {

using flux::gateway::ChunkedBody;
using flux::gateway::Engine;
using flux::gateway::Framed;
using flux::gateway::FrameHead;
using flux::gateway::Head;
using flux::gateway::HeadLimits;
using flux::gateway::Verdict;

constexpr HeadLimits kLimits{.bytes = 2048, .headers = 20};  // small, so that the fuzzer reaches them
constexpr std::uint64_t kMaxBody = 1024;

void Require(bool holds) {
  if (!holds) std::abort();
}

bool Within(std::string_view part, std::string_view whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void CheckHead(const Head& head, std::string_view input) {
  Require(head.size > 0 && head.size <= input.size() && head.size <= kLimits.bytes);
  Require(input.substr(0, head.size).ends_with("\r\n\r\n"));
  Require(!(head.chunked && head.has_content_length));
  Require(head.fields.size() <= kLimits.headers);
  Require(Within(head.method, input) && Within(head.target, input) && Within(head.origin_target, input));
  for (const auto& field : head.fields) {
    Require(!field.name.empty() && Within(field.name, input) && Within(field.value, input));
    Require(field.value.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos);
  }
}

void CheckPrefixes(std::string_view input, const Framed& whole, std::size_t head_size) {
  for (std::size_t size = 0; size < input.size() && size <= kLimits.bytes; size += 1 + size / 64) {
    Head head;
    const Framed part = FrameHead(input.substr(0, size), kLimits, head);
    if (part.verdict == Verdict::kNeedMore) continue;
    Require(part.verdict == whole.verdict && part.reason == whole.reason);
    Require(part.verdict == Verdict::kRefused || head.size == head_size);
    return;
  }
}

// Returns the bytes consumed; `complete` is whether the body ended.
std::size_t CheckChunked(std::string_view input, bool& complete) {
  ChunkedBody whole(kMaxBody);
  std::string body;
  std::size_t consumed = 0;
  const Framed framed = whole.Feed(input, body, consumed);
  Require(consumed <= input.size() && body.size() <= kMaxBody);
  Require(framed.verdict != Verdict::kNeedMore || consumed == input.size());

  ChunkedBody split(kMaxBody);
  std::string joined;
  Framed step;
  std::size_t at = 0;
  while (at < input.size() && step.verdict == Verdict::kNeedMore) {
    std::size_t used = 0;
    step = split.Feed(input.substr(at, 1 + at % 3), joined, used);
    at += used;
  }
  Require(step.verdict == framed.verdict && step.reason == framed.reason && at == consumed && joined == body);
  complete = framed.verdict == Verdict::kComplete;
  return consumed;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Engine engine;
  std::string_view input(reinterpret_cast<const char*>(data), size);
  Head head;
  while (!input.empty()) {
    const Framed framed = FrameHead(input, kLimits, head);
    CheckPrefixes(input, framed, head.size);
    if (framed.verdict != Verdict::kComplete) {
      Require(framed.verdict == Verdict::kRefused || input.size() < kLimits.bytes);
      return 0;
    }
    CheckHead(head, input);
    const auto request = engine.Interpret(head);
    if (!request) return 0;
    Require(request->headers.size() == head.fields.size());
    for (const char c : request->path) Require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);

    const bool chunked = head.chunked;
    const std::uint64_t length = head.content_length;
    input.remove_prefix(head.size);
    if (chunked) {
      bool complete = false;
      input.remove_prefix(CheckChunked(input, complete));
      if (!complete) return 0;
    } else {
      if (length > input.size()) return 0;
      input.remove_prefix(static_cast<std::size_t>(length));
    }
  }
  return 0;
}
