// Random numbers for seeds and ids: from OpenSSL, or from a Mersenne twister where runs have to repeat.
#include "sim/random.h"

#include <openssl/rand.h>
#include <spdlog/fmt/fmt.h>

#include <array>
#include <string_view>

namespace flux::sim {

Random::Random(std::uint64_t seed) : system_(seed == 0), engine_(seed) {}

std::uint64_t Random::Next() {
  if (!system_) {
    const std::lock_guard lock(mutex_);
    return engine_();
  }
  std::uint64_t value = 0;
  std::array<unsigned char, sizeof value> bytes{};
  RAND_bytes(bytes.data(), static_cast<int>(bytes.size()));
  for (const unsigned char byte : bytes) value = value << 8 | byte;
  return value;
}

std::string Random::Uuid() {
  const std::uint64_t high = (Next() & ~0xf000ULL) | 0x4000;
  const std::uint64_t low = (Next() & ~(3ULL << 62)) | 1ULL << 63;
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32, high >> 16 & 0xffff, high & 0xffff,
                     low >> 48, low & 0xffff'ffff'ffff);
}

std::string Random::Name() {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  std::string name;
  for (int half = 0; half < 2; ++half) {
    std::uint64_t bits = Next();
    for (int i = 0; i < 11; ++i, bits /= kLetters.size()) name += kLetters[bits % kLetters.size()];
  }
  return name;
}

}  // namespace flux::sim
