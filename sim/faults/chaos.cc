// Sorts the words by the step at which they strike, and draws twice for each occasion: whether one strikes,
// and which one.
#include "sim/faults/chaos.h"

#include <utility>

namespace flux::sim {

Chaos::Chaos(Plan plan) : plan_(std::move(plan)) {
  for (std::size_t step = 0; step < sequences_.size(); ++step) {
    std::seed_seq seed{plan_.seed & 0xffff'ffff, plan_.seed >> 32, static_cast<std::uint64_t>(step)};
    sequences_[step].engine.seed(seed);
  }
  for (const std::string& word : plan_.words) {
    const Result<Fault> fault = ParseFault(word);
    if (!fault) continue;
    sequences_[static_cast<std::size_t>(fault->row->step)].choices.push_back({word, *fault});
  }
}

std::optional<Fault> Chaos::Draw(FaultStep step) {
  Sequence& sequence = sequences_[static_cast<std::size_t>(step)];
  if (sequence.choices.empty()) return std::nullopt;
  // The library's distributions differ between implementations; these do not.
  constexpr double kRange = 18446744073709551616.0;  // 2^64
  const bool strikes = static_cast<double>(sequence.engine()) / kRange < plan_.rate;
  const Choice& choice = sequence.choices[sequence.engine() % sequence.choices.size()];
  if (!strikes) return std::nullopt;
  ++drawn_[choice.word];
  return choice.fault;
}

}  // namespace flux::sim
