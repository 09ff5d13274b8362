// HooksDoor: where fal tells that a request is over. What it has sent is handed to flux-service as it came,
// which alone can judge it.
#pragma once

#include <atomic>
#include <cstdint>

#include "gateway/doors/door.h"
#include "gateway/doors/flux/flux_dialect.h"
#include "gateway/doors/job_counters.h"

namespace flux::gateway {

// POST: 200, or WEBHOOK_REFUSED; OVERLOADED where too many are judged at a time, which fal sends again.
// Nobody else is to know of it, so that it is in no document.
class HooksDoor final : public Door {
 public:
  // What a webhook may have at most, in bytes.
  static constexpr std::uint64_t kMostBytes = 1 << 20;

  // Everything is borrowed.
  HooksDoor(const FluxDialect& dialect, FluxBackend& backend, JobCounters& counters)
      : dialect_(dialect), backend_(backend), counters_(counters) {}

  const Dialect& Speaks() const override { return dialect_; }
  asio::awaitable<Result<Served>> Serve(Exchange& exchange) override;

 private:
  const FluxDialect& dialect_;
  FluxBackend& backend_;
  JobCounters& counters_;
  std::atomic<std::uint32_t> judged_{0};  // now
};

}  // namespace flux::gateway
