// Random: where seeds, request ids and file names come from.
#pragma once

#include <cstdint>
#include <mutex>
#include <random>
#include <string>

namespace flux::sim {

// Thread-safe.
class Random {
 public:
  // 0: the system's randomness; anything else: the same sequence every time.
  explicit Random(std::uint64_t seed);

  std::uint64_t Next();
  // 63 random bits: mostly more than 2^53, so that a reader that goes through doubles is found out (fal-api
  // §1.6).
  std::uint64_t Seed() { return Next() >> 1; }
  // Version 4, lower case.
  std::string Uuid();
  // 22 letters and digits, as fal's file names.
  std::string Name();

 private:
  const bool system_;
  std::mutex mutex_;
  std::mt19937_64 engine_;  // guarded by mutex_
};

}  // namespace flux::sim
