// Frames of HTTP/2 (RFC 9113 §6), as far as the far ends of tests write or read them.
#pragma once

#include <cstdint>

namespace flux::fakes {

enum H2Frame : std::uint8_t {
  kData = 0,
  kHeaders = 1,
  kReset = 3,
  kSettings = 4,
  kPing = 6,
  kGoAway = 7,
  kWindowUpdate = 8
};

}  // namespace flux::fakes
