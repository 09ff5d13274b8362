// FakeTransport: a FalTransport that answers what it is told and keeps what it received.
#pragma once

#include <functional>
#include <vector>

#include "service/fal/transport.h"

namespace flux::fakes {

class FakeTransport final : public fal::FalTransport {
 public:
  // What every Send returns from now on.
  void Answer(Result<fal::FalReply> reply) { reply_ = std::move(reply); }

  // Called on every Send, before its answer.
  void OnSend(std::function<void()> look) { on_send_ = std::move(look); }

  const std::vector<fal::FalCall>& received() const { return received_; }

  asio::awaitable<Result<fal::FalReply>> Send(fal::FalCall call) override {
    received_.push_back(std::move(call));
    if (on_send_) on_send_();
    co_return reply_;
  }

 private:
  Result<fal::FalReply> reply_ = Status(Reason::kInternal);
  std::function<void()> on_send_;
  std::vector<fal::FalCall> received_;
};

}  // namespace flux::fakes
