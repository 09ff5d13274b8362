// RateLimitStore: counts for several gateways at once. The seam between admission and whoever counts.
#pragma once

#include <asio/awaitable.hpp>
#include <optional>
#include <string>

#include "gateway/guard/rate/gcra.h"

namespace flux::gateway {

// Take may be called from any loop and resumes on the caller's.
class RateLimitStore {
 public:
  virtual ~RateLimitStore() = default;

  // Whether asking makes sense now. Thread-safe, never blocks.
  virtual bool Up() const = 0;

  // Takes one request out of the allowance of `subject`; nullopt, after a short wait at most, where the store
  // cannot say.
  virtual asio::awaitable<std::optional<RateVerdict>> Take(std::string subject, Gcra gcra) = 0;
};

}  // namespace flux::gateway
