// RetryTransport: sends again what was certainly not billed, and nothing else (DESIGN: money rule 2). What
// that is, the error table and classify decide.
#pragma once

#include <cstdint>
#include <functional>

#include "base/clock.h"
#include "service/wire/metrics.h"
#include "service/wire/throttle.h"
#include "service/wire/transport.h"

namespace flux::fal {

// Waits 0.5 s before the first resend, twice as long before each next one, at most 5 s, each a quarter
// shorter to a quarter longer; never less than fal's Retry-After. Where the deadline would leave a resend
// less than kShortestExchange, the failure is returned at once, with its Retry-After.
class RetryTransport final : public FalTransport {
 public:
  // A number from 0 to 1, evenly spread.
  using Random = std::function<double()>;

  // `resends`: at most so many per call.
  RetryTransport(FalTransport& next, Throttle& throttle, std::uint32_t resends, Random random,
                 const Clock& clock, Metrics& metrics)
      : next_(next),
        throttle_(throttle),
        resends_(static_cast<int>(resends)),
        random_(std::move(random)),
        clock_(clock),
        metrics_(metrics) {}

  asio::awaitable<Result<FalReply>> Send(const FalCall& call) override;

 private:
  SteadyTime::duration BackOff(int attempt) const;

  FalTransport& next_;
  Throttle& throttle_;
  const int resends_;
  const Random random_;
  const Clock& clock_;
  Metrics& metrics_;
};

}  // namespace flux::fal
