// Chaos: faults drawn at random, for runs that are to break anything anywhere and yet be repeated.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "sim/faults/faults.h"

namespace flux::sim {

// Not thread-safe.
class Chaos {
 public:
  struct Plan {
    std::uint64_t seed = 0;
    double rate = 0;                 // of the occasions at a step that has faults, 0 to 1
    std::vector<std::string> words;  // each of them parses
  };

  // Draws nothing.
  Chaos() = default;
  explicit Chaos(Plan plan);

  // The fault for the next occasion at `step`. Each step has a sequence of its own, which depends on the seed
  // only, so that the steps of parallel requests do not disturb each other's.
  std::optional<Fault> Draw(FaultStep step);

  const Plan& plan() const { return plan_; }
  // How often each word was drawn.
  const std::map<std::string, std::uint64_t>& drawn() const { return drawn_; }

 private:
  struct Choice {
    std::string word;
    Fault fault;
  };
  struct Sequence {
    std::mt19937_64 engine;
    std::vector<Choice> choices;
  };

  Plan plan_;
  std::array<Sequence, kFaultSteps> sequences_;
  std::map<std::string, std::uint64_t> drawn_;
};

}  // namespace flux::sim
