// Bodies: requests as clients write them, at random, but the same for the same seed.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "tests/today/sent.h"

namespace flux::today {

class Bodies {
 public:
  explicit Bodies(std::uint32_t seed) : random_(seed) {}

  Sent Next();

 private:
  std::uint32_t Below(std::uint32_t bound) { return random_() % bound; }
  bool Once(std::uint32_t in) { return Below(in) == 0; }
  const std::string& OneOf(const std::vector<std::string>& texts);
  std::string Space();
  std::string Value(std::string_view name);
  std::string Member(std::string_view name);

  std::mt19937 random_;  // its numbers are the same everywhere; those of distributions are not
};

}  // namespace flux::today
