// Writes and reads frames on a plain socket; header blocks are written without compression and not decoded.
#include "tests/fakes/raw_h2.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "tests/fakes/h2_frame.h"

namespace flux::fakes {
namespace {

constexpr std::uint8_t kEnd = 1;  // of a stream; and "this acknowledges"
constexpr std::uint8_t kEndOfHeaders = 4;
constexpr std::size_t kLargestFrame = 16'384;

std::string Number(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i) text += static_cast<char>(value >> (8 * i) & 0xff);
  return text;
}

std::uint32_t NumberIn(std::string_view bytes) {
  std::uint32_t value = 0;
  for (const char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

// RFC 7541 §5.1 with a prefix of seven bits.
std::string Length(std::size_t value) {
  if (value < 127) return Number(value, 1);
  std::string text = Number(127, 1);
  for (value -= 127; value >= 128; value /= 128) text += static_cast<char>(value % 128 + 128);
  return text + static_cast<char>(value);
}

std::string Header(const std::string& name, const std::string& value) {
  return std::string(1, '\0') + Length(name.size()) + name + Length(value.size()) + value;
}

}  // namespace

RawH2::RawH2(const std::string& address) : RawH2(address, Options{}) {}

RawH2::RawH2(const std::string& address, Options options) : options_(options) {
  const std::size_t colon = address.rfind(':');
  sockaddr_in peer{};
  peer.sin_family = AF_INET;
  inet_pton(AF_INET, address.substr(0, colon).c_str(), &peer.sin_addr);
  peer.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1))));
  descriptor_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(descriptor_, reinterpret_cast<const sockaddr*>(&peer), sizeof peer) != 0) closed_ = true;
  const int one = 1;
  setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  Write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  SendFrame(kSettings, 0, 0, Number(4, 2) + Number(options_.window, 4));
}

RawH2::~RawH2() {
  close(descriptor_);
}

bool RawH2::Write(const std::string& bytes) {
  for (std::size_t at = 0; at < bytes.size() && !closed_;) {
    const ssize_t sent = send(descriptor_, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
    if (sent <= 0) closed_ = true;
    at += static_cast<std::size_t>(std::max<ssize_t>(sent, 0));
  }
  return !closed_;
}

bool RawH2::SendFrame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream, std::string_view payload) {
  return Write(Number(payload.size(), 3) + Number(type, 1) + Number(flags, 1) + Number(stream, 4) +
               std::string(payload));
}

std::uint32_t RawH2::Call(const std::string& method, const Headers& more) {
  const std::uint32_t stream = next_;
  next_ += 2;
  streams_[stream].room = first_room_;
  std::string block = Header(":method", "POST") + Header(":scheme", "http") + Header(":path", method) +
                      Header(":authority", "test") + Header("content-type", "application/grpc") +
                      Header("te", "trailers");
  for (const auto& [name, value] : more) block += Header(name, value);
  SendFrame(kHeaders, kEndOfHeaders, stream, block);
  return stream;
}

bool RawH2::Send(std::uint32_t stream, std::string_view bytes, bool end) {
  Stream& to = streams_[stream];
  while (!bytes.empty()) {
    const auto can = [&] { return closed_ || to.ended || (room_ > 0 && to.room > 0); };
    if (!ReadUntil(can, std::chrono::seconds(10)) || closed_ || to.ended) return false;
    const auto room = static_cast<std::size_t>(std::min(room_, to.room));
    const std::string_view piece = bytes.substr(0, std::min(room, kLargestFrame));
    bytes.remove_prefix(piece.size());
    room_ -= static_cast<std::int64_t>(piece.size());
    to.room -= static_cast<std::int64_t>(piece.size());
    if (!SendFrame(kData, end && bytes.empty() ? kEnd : 0, stream, piece)) return false;
  }
  return true;
}

bool RawH2::WaitForEnd(std::uint32_t stream) {
  return ReadUntil([&] { return closed_ || streams_[stream].ended; }, std::chrono::seconds(30));
}

bool RawH2::WaitForClose() {
  return ReadUntil([&] { return closed_; }, std::chrono::seconds(30));
}

bool RawH2::HasHeaders(std::uint32_t stream) const {
  return streams_.at(stream).headers;
}

bool RawH2::ReadUntil(const std::function<bool()>& done, std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  std::array<char, 65'536> chunk;
  // What is there is taken first, so that a peer's word is heard also by who never has to wait.
  for (bool waited = false;; waited = true) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (waited && done()) return true;
    if (left.count() <= 0) return done();
    pollfd wait{descriptor_, POLLIN, 0};
    const int wait_ms = done() ? 0 : static_cast<int>(left.count());
    if (!closed_ && poll(&wait, 1, wait_ms) > 0) {
      const ssize_t got = recv(descriptor_, chunk.data(), chunk.size(), 0);
      if (got <= 0) {
        closed_ = true;
      } else {
        received_.append(chunk.data(), static_cast<std::size_t>(got));
        Take();
      }
    }
  }
}

void RawH2::Take() {
  constexpr std::size_t kHead = 9;
  std::string_view rest = received_;
  while (rest.size() >= kHead) {
    const std::size_t length = NumberIn(rest.substr(0, 3));
    if (rest.size() < kHead + length) break;
    const auto type = static_cast<std::uint8_t>(rest[3]);
    const auto flags = static_cast<std::uint8_t>(rest[4]);
    const std::uint32_t stream = NumberIn(rest.substr(5, 4));
    const std::string_view payload = rest.substr(kHead, length);
    if (type == kSettings && (flags & kEnd) == 0) {
      for (std::size_t i = 0; i + 6 <= payload.size(); i += 6) {
        if (NumberIn(payload.substr(i, 2)) != 4) continue;
        const std::int64_t room = NumberIn(payload.substr(i + 2, 4));
        for (auto& [id, one] : streams_) one.room += room - first_room_;
        first_room_ = room;
      }
      if (options_.heed_settings) SendFrame(kSettings, kEnd, 0, "");
    } else if (type == kPing && (flags & kEnd) == 0) {
      SendFrame(kPing, kEnd, 0, std::string(payload));
    } else if (type == kWindowUpdate) {
      (stream == 0 ? room_ : streams_[stream].room) += NumberIn(payload);
    } else if (type == kReset) {
      streams_[stream].ended = true;
    } else if (type == kHeaders || type == kData) {
      streams_[stream].headers |= type == kHeaders;
      streams_[stream].ended |= (flags & kEnd) != 0;
    }
    rest.remove_prefix(kHead + length);
  }
  received_.erase(0, received_.size() - rest.size());
}

std::string GrpcPrefix(std::uint32_t length, bool compressed) {
  return Number(compressed ? 1 : 0, 1) + Number(length, 4);
}

std::string GrpcMessage(std::string_view bytes, bool compressed) {
  return GrpcPrefix(static_cast<std::uint32_t>(bytes.size()), compressed) + std::string(bytes);
}

}  // namespace flux::fakes
