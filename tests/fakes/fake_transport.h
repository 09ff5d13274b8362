// FakeTransport: a FalTransport that answers what it is told and keeps what it received.
#pragma once

#include <optional>
#include <vector>

#include "service/fal/transport.h"

namespace flux::fakes {

class FakeTransport final : public fal::FalTransport {
 public:
  // What every Send returns from now on.
  void Answer(Result<fal::FalReply> reply) { reply_ = std::move(reply); }

  const std::vector<fal::FalCall>& received() const { return received_; }

  asio::awaitable<Result<fal::FalReply>> Send(fal::FalCall call) override {
    received_.push_back(std::move(call));
    co_return reply_;
  }

 private:
  Result<fal::FalReply> reply_ = Status(Reason::kInternal);
  std::vector<fal::FalCall> received_;
};

}  // namespace flux::fakes
