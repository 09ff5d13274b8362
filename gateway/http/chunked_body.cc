// A byte-driven state machine; only chunk data is taken in bulk.
#include "gateway/http/chunked_body.h"

#include <algorithm>

#include "gateway/http/grammar.h"

namespace flux::gateway {
namespace {

constexpr int kMaxSizeDigits = 16;  // as many as 64 bits need
// Over the whole body: one-byte chunks with long extensions would otherwise carry a flood past the body
// limit.
constexpr std::size_t kMaxExtensionBytes = 4 * 1024;
constexpr std::size_t kMaxTrailerBytes = 8 * 1024;

constexpr Framed kGoOn{};

Framed NotALineEnd() {
  return Refuse("A chunk does not end in a carriage return and a line feed.");
}

}  // namespace

Framed ChunkedBody::OnSize(char c) {
  if (const int value = HexValue(c); value >= 0) {
    if (++digits_ > kMaxSizeDigits) return Refuse("A chunk's size has more than 16 digits.");
    left_ = left_ * 16 + static_cast<std::uint64_t>(value);
    return kGoOn;
  }
  if (digits_ == 0) return Refuse("A chunk does not start with its size in hexadecimal digits.");
  if (c == '\r') return BeginChunk();
  if (c != ';') return Refuse("A chunk's size holds something other than hexadecimal digits.");
  state_ = State::kExtension;
  return kGoOn;
}

Framed ChunkedBody::OnExtension(char c) {
  if (c == '\r') return BeginChunk();
  if (c == '\n' || !IsFieldValue({&c, 1})) return Refuse("A chunk extension holds a control byte.");
  if (++extension_bytes_ > kMaxExtensionBytes) return Refuse("The chunk extensions are too large.");
  return kGoOn;
}

Framed ChunkedBody::BeginChunk() {
  if (left_ > max_bytes_ - joined_) {
    return Refuse("The body is larger than this server accepts.", Reason::kPayloadTooLarge);
  }
  state_ = State::kSizeLineFeed;
  return kGoOn;
}

Framed ChunkedBody::OnTrailer(char c) {
  if (++trailer_bytes_ > kMaxTrailerBytes) {
    return Refuse("The trailers are too large.", Reason::kHeadersTooLarge);
  }
  if (!trailer_.empty() && trailer_.back() == '\r') {
    if (c != '\n') return Refuse("A carriage return stands without its line feed.");
    if (trailer_.size() == 1) return Complete();
    const std::string_view line(trailer_.data(), trailer_.size() - 1);
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || !IsToken(line.substr(0, colon))) {
      return Refuse("A trailer is not NAME: VALUE.");
    }
    const std::string_view name = line.substr(0, colon);
    if (EqualsIgnoreCase(name, "content-length") || EqualsIgnoreCase(name, "transfer-encoding") ||
        EqualsIgnoreCase(name, "host")) {
      return Refuse("A trailer tells what only a header may.");
    }
    trailer_.clear();
    return kGoOn;
  }
  if (c != '\r' && !IsFieldValue({&c, 1})) return Refuse("A trailer holds a control byte.");
  trailer_.push_back(c);
  return kGoOn;
}

Framed ChunkedBody::Feed(std::string_view input, std::string& body, std::size_t& consumed) {
  consumed = 0;
  while (consumed < input.size()) {
    if (state_ == State::kData) {
      const auto take = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size() - consumed));
      body.append(input, consumed, take);
      consumed += take;
      joined_ += take;
      left_ -= take;
      if (left_ == 0) state_ = State::kDataReturn;
      continue;
    }
    const char c = input[consumed++];
    Framed framed;
    switch (state_) {
      case State::kSize:
        framed = OnSize(c);
        break;
      case State::kExtension:
        framed = OnExtension(c);
        break;
      case State::kSizeLineFeed:
        if (c != '\n') return NotALineEnd();
        state_ = left_ == 0 ? State::kTrailer : State::kData;
        break;
      case State::kDataReturn:
        if (c != '\r') return NotALineEnd();
        state_ = State::kDataLineFeed;
        break;
      case State::kDataLineFeed:
        if (c != '\n') return NotALineEnd();
        state_ = State::kSize;
        digits_ = 0;
        break;
      case State::kTrailer:
        framed = OnTrailer(c);
        break;
      case State::kData:
        break;
    }
    if (framed.verdict != Verdict::kNeedMore) return framed;
  }
  return kGoOn;
}

}  // namespace flux::gateway
