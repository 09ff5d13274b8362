// ArmedFaults: faults that wait for the next generations, whatever their prompts say.
#pragma once

#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "sim/faults/faults.h"

namespace flux::sim {

struct Arming {
  Fault fault;
  std::uint32_t count = 1;  // how many generations it strikes
  std::uint32_t after = 0;  // and how many it lets pass first
  std::string model = {};   // empty: of all models, else of this endpoint
};

// Thread-safe.
class ArmedFaults {
 public:
  void Arm(Arming arming);
  void Clear();
  // The fault for the next generation of `endpoint`: of those that let nothing more pass, the first that was
  // armed. A generation counts as passed for all of the others, struck or not.
  std::optional<Fault> Take(std::string_view endpoint);

 private:
  std::mutex mutex_;
  std::list<Arming> armed_;  // guarded by mutex_
};

}  // namespace flux::sim
