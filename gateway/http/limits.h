// Limits: every bound of the public edge in one place, with the reason for its default.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "gateway/http/framing.h"

namespace flux::gateway {

// Descriptors that stay free for the admin port, flux-service, files and those who are told that there are
// too many.
inline constexpr std::size_t kReservedDescriptors = 512;

struct Limits {
  HeadLimits head;

  // A picture of 20 MB as base64 and its prompt.
  std::uint64_t max_body_bytes = 32ULL << 20;
  // Request bodies read or being served, replies that wait for a slow reader, and room set aside for those
  // that are about to be paid for, over all connections. What is small has an eighth of it beside
  // (byte_shares.h), and TLS handshakes have another.
  std::uint64_t max_bytes_in_flight = 256ULL << 20;
  std::size_t max_connections = 16'384;

  // From the first byte of a head (of a fresh connection: from its acceptance, its TLS handshake included) to
  // its last. A head is one or two packets.
  std::chrono::milliseconds head_timeout{10'000};
  // Between requests. Longer than the 60 s after which common load balancers drop idle upstream connections,
  // so that it is they who close first and no request meets a closing connection.
  std::chrono::milliseconds idle_timeout{75'000};
  // Of one body, however steady: max_body_bytes at 1 Mbit/s.
  std::chrono::milliseconds body_timeout{300'000};
  // A body, or what a reply's reader acknowledges, must keep up this rate on average once its grace is over.
  std::uint64_t min_bytes_per_second = 1024;
  std::chrono::milliseconds body_grace{5'000};
  std::chrono::milliseconds write_grace{30'000};
  // How long a request waits for its reply's room before it is refused: a few pictures' time.
  std::chrono::milliseconds room_timeout{10'000};
  // After a refusal: how long, and how much, is still read and thrown away so that the caller gets to see the
  // reply before a reset destroys it.
  std::chrono::milliseconds linger_timeout{2'000};
  std::uint64_t linger_bytes = 16ULL << 20;

  // Lowers max_connections to what a process may open files for; whether it had to.
  bool FitTo(std::uint64_t descriptors) {
    const std::uint64_t reserved = std::min<std::uint64_t>(kReservedDescriptors, descriptors / 2);
    if (max_connections <= descriptors - reserved) return false;
    max_connections = descriptors - reserved;
    return true;
  }
};

// What a loop reads at a time; one buffer per loop, none per connection.
inline constexpr std::size_t kReadBytes = 64 * 1024;
// Bytes that arrive while a handler runs are kept up to here; the rest waits in the kernel.
inline constexpr std::size_t kMaxPipelinedBytes = 32 * 1024;
// What a TLS handshake holds until it is done: a record each way, a message, the session.
inline constexpr std::size_t kHandshakeBytes = 64 * 1024;
// Handshakes at a time; beyond, the oldest gives way.
inline constexpr std::size_t HandshakesAtATime(const Limits& limits) {
  constexpr std::uint64_t kPart = 8;
  constexpr std::uint64_t kLeast = 16;
  return std::max(limits.max_bytes_in_flight / kPart / kHandshakeBytes, kLeast);
}
// What the caller is told to wait after a 503.
inline constexpr std::chrono::milliseconds kRetryAfter{1'000};

}  // namespace flux::gateway
