// Unthrottled: waits before a resend, where nobody hands out slots.
#pragma once

#include <asio/any_io_executor.hpp>
#include <utility>

#include "base/event.h"
#include "service/wire/throttle.h"

namespace flux::fal {

// Lives on `loop`.
class Unthrottled final : public Throttle {
 public:
  explicit Unthrottled(asio::any_io_executor loop) : loop_(std::move(loop)) {}

  void Refused(std::optional<std::uint32_t>) override {}
  asio::awaitable<Verdict> Pause(const FalCall&, SteadyTime resume) override {
    Event never(loop_);
    const Event::Outcome outcome = co_await never.Wait(resume);
    co_return outcome == Event::Outcome::kCancelled ? Verdict::kCancelled : Verdict::kGo;
  }

 private:
  const asio::any_io_executor loop_;
};

}  // namespace flux::fal
