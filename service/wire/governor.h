// Governor: hands out the slots in which calls may run, and keeps those that have to wait in a fair queue.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <utility>

#include "base/clock.h"
#include "base/event.h"
#include "base/result.h"
#include "service/wire/fair_queue.h"
#include "service/wire/metrics.h"
#include "service/wire/slots.h"
#include "service/wire/throttle.h"

namespace flux::fal {

struct GovernorOptions {
  std::uint32_t max_concurrency = 0;  // exchanges at once; 0: no limit but the one that fal teaches
  std::uint32_t queue_length = 1000;  // calls that may wait, for a slot or for their resend
  std::chrono::milliseconds queue_wait{30'000};  // longest wait for a slot
};

// Lives on one event loop, in a shared_ptr: coroutines that the loop destroys give their slots back however
// late. Memory is bounded: at most queue_length calls wait. `clock` is the machine's, as the timers are.
class Governor final : public Throttle, public std::enable_shared_from_this<Governor> {
 public:
  Governor(asio::any_io_executor loop, GovernorOptions options, const Clock& clock,
           std::shared_ptr<Metrics> metrics);

  // One call's right to run; given back by destruction.
  class Slot {
   public:
    Slot(std::shared_ptr<Governor> from, std::uint32_t ahead, SteadyTime::duration wait)
        : position(ahead), waited(wait), governor_(std::move(from)) {}
    Slot(Slot&&) = default;
    ~Slot() {
      if (governor_) governor_->Release();
    }

    // The call that held it succeeded.
    void Succeeded() { governor_->slots_.Succeeded(); }

    const std::uint32_t position;       // calls that waited when this one came
    const SteadyTime::duration waited;  // until it got the slot

   private:
    std::shared_ptr<Governor> governor_;
  };

  // Waits for a slot, at most queue_wait and not beyond what leaves the call a second. Failures are never
  // billed: SERVICE_OVERLOADED with the limit that was met, DEADLINE_EXCEEDED, CANCELLED. `call` outlives the
  // awaitable.
  asio::awaitable<Result<Slot>> Admit(const FalCall& call);

  void Refused(std::optional<std::uint32_t> limit) override { slots_.Refused(limit); }
  asio::awaitable<Verdict> Pause(const FalCall& call, SteadyTime resume) override;

 private:
  struct Waiter;
  class Resting;

  asio::awaitable<Event::Outcome> Enter(const std::string& caller, bool again, SteadyTime until);
  bool Full() const { return queue_.size() + resting_ >= options_.queue_length; }
  void Release();
  void Serve();
  void Report();
  Status Overloaded(std::string limit) const;

  const asio::any_io_executor loop_;
  const GovernorOptions options_;
  const Clock& clock_;
  const std::shared_ptr<Metrics> metrics_;
  Slots slots_;
  FairQueue<Waiter*> queue_;           // only while no slot is free
  std::size_t resting_ = 0;            // calls whose resend is not due
  SteadyTime::duration last_wait_{0};  // of the call that was served last
};

}  // namespace flux::fal
