// GovernorTransport: lets a call through when it has a slot, and tells how long that took. Outside of the
// layer that resends, so that a call keeps its turn over its attempts; what waits for a resend lends its slot
// to others (throttle.h), so that no Retry-After, however long, blocks one.
#pragma once

#include <memory>
#include <utility>

#include "service/wire/governor.h"
#include "service/wire/transport.h"

namespace flux::fal {

class GovernorTransport final : public FalTransport {
 public:
  GovernorTransport(FalTransport& next, std::shared_ptr<Governor> governor)
      : next_(next), governor_(std::move(governor)) {}

  asio::awaitable<Result<FalReply>> Send(const FalCall& call) override;

 private:
  FalTransport& next_;
  const std::shared_ptr<Governor> governor_;
};

}  // namespace flux::fal
