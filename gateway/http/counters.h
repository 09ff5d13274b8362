// Counters of the public edge: plain atomics, read by the metrics layer whenever it likes. Owns no names or
// labels.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/reason.h"

namespace flux::gateway {

// Why a TLS handshake came to nothing.
enum class HandshakeFailure { kNotTls, kProtocol, kTimeout, kOverloaded };

struct Counters {
  std::atomic<std::uint64_t> accepted{0};         // connections, those over the cap included
  std::atomic<std::uint64_t> open{0};             // connections now
  std::atomic<std::uint64_t> requests{0};         // handed to the handler
  std::atomic<std::uint64_t> bytes_in_flight{0};  // see Limits::max_bytes_in_flight
  std::atomic<std::uint64_t> left{0};             // callers who left while their handler ran
  // Replies that were not delivered, by what they stood for.
  std::array<std::atomic<std::uint64_t>, static_cast<std::size_t>(Billed::kYes) + 1> cut{};
  std::atomic<std::uint64_t> handshakes{0};  // of TLS, done
  std::array<std::atomic<std::uint64_t>, static_cast<std::size_t>(HandshakeFailure::kOverloaded) + 1>
      handshakes_failed{};
  // Refusals by the edge itself, and INTERNAL for handlers that threw.
  std::array<std::atomic<std::uint64_t>, static_cast<std::size_t>(Reason::kInternal) + 1> refused{};

  std::atomic<std::uint64_t>& Failed(HandshakeFailure why) {
    return handshakes_failed[static_cast<std::size_t>(why)];
  }
  const std::atomic<std::uint64_t>& Failed(HandshakeFailure why) const {
    return handshakes_failed[static_cast<std::size_t>(why)];
  }
  std::atomic<std::uint64_t>& Cut(Billed billed) { return cut[static_cast<std::size_t>(billed)]; }
  const std::atomic<std::uint64_t>& Cut(Billed billed) const { return cut[static_cast<std::size_t>(billed)]; }
  std::atomic<std::uint64_t>& Refused(Reason reason) { return refused[static_cast<std::size_t>(reason)]; }
  const std::atomic<std::uint64_t>& Refused(Reason reason) const {
    return refused[static_cast<std::size_t>(reason)];
  }
};

}  // namespace flux::gateway
