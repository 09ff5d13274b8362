// ArmedFaults: faults that wait for the next occasions, whatever prompts say, and those that are drawn at
// random.
#pragma once

#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "sim/faults/chaos.h"
#include "sim/faults/faults.h"

namespace flux::sim {

struct Arming {
  Fault fault;
  std::uint32_t count = 1;  // how many occasions it strikes
  std::uint32_t after = 0;  // and how many it lets pass first
  std::string model = {};   // empty: of all models, else of this endpoint
};

// Thread-safe.
class ArmedFaults {
 public:
  void Arm(Arming arming);
  // Forgets what is armed; chaos goes on.
  void Clear();
  // Replaces what is drawn at random where nothing armed strikes.
  void SetChaos(Chaos chaos);
  // What is drawn at random, and what has been so far.
  Chaos chaos() const;

  // The fault for the next occasion at `step` with `endpoint`: of those that let nothing more pass, the first
  // that was armed; else what chaos draws. An occasion counts as passed for all of the others of its step,
  // struck or not.
  std::optional<Fault> Take(FaultStep step, std::string_view endpoint);
  // The same for an occasion with several endpoints: a fault of any of them strikes.
  std::optional<Fault> Take(FaultStep step, std::span<const std::string> endpoints);

 private:
  template <typename Concerns>
  std::optional<Fault> TakeFor(FaultStep step, const Concerns& concerns);

  mutable std::mutex mutex_;
  std::list<Arming> armed_;  // guarded by mutex_, as is chaos_
  Chaos chaos_;
};

}  // namespace flux::sim
