// Throttle: what the layer that resends needs of the layer that hands out slots.
#pragma once

#include <asio/awaitable.hpp>
#include <cstdint>
#include <optional>

#include "service/fal/message.h"

namespace flux::fal {

// Called on the event loop, by calls that hold a slot.
class Throttle {
 public:
  enum class Verdict {
    kGo,         // send the call again
    kGiveUp,     // no room to wait, or no slot before the deadline
    kCancelled,  // the waiting coroutine was
  };

  virtual ~Throttle() = default;

  // fal refused a call because too many ran at once. `limit`: how many may, where fal says so.
  virtual void Refused(std::optional<std::uint32_t> limit) = 0;

  // Waits until `resume`, without the call's slot, and then for a slot. `call` outlives the awaitable.
  virtual asio::awaitable<Verdict> Pause(const FalCall& call, SteadyTime resume) = 0;
};

}  // namespace flux::fal
