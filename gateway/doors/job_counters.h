// JobCounters: what the doors count of jobs that are waited for. Apart from the series that show it.
#pragma once

#include <atomic>
#include <cstdint>

namespace flux::gateway {

// Added to on every loop at once.
struct JobCounters {
  std::atomic<std::uint64_t> streams_open{0};     // of events, now
  std::atomic<std::uint64_t> streams{0};          // that were begun
  std::atomic<std::uint64_t> streams_refused{0};  // for want of a place
  std::atomic<std::uint64_t> watched{0};          // jobs that flux-service is asked about, now
  std::atomic<std::uint64_t> watches_renewed{0};  // after the connection to flux-service was lost
  std::atomic<std::uint64_t> waits_done{0};       // replies that were held and got their result
  std::atomic<std::uint64_t> waits_ran_out{0};    // replies that were held and became a job
  std::atomic<std::uint64_t> hooks_accepted{0};   // of fal
  std::atomic<std::uint64_t> hooks_refused{0};
};

}  // namespace flux::gateway
