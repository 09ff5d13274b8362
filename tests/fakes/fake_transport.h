// FakeTransport: a FalTransport that answers what it is told and keeps what it received.
#pragma once

#include <deque>
#include <utility>
#include <vector>

#include "service/wire/transport.h"

namespace flux::fakes {

class FakeTransport final : public fal::FalTransport {
 public:
  // What every Send returns from now on.
  void Answer(Result<fal::FalReply> reply) { replies_ = {std::move(reply)}; }
  // What the next ones return, one after the other; the last is repeated.
  void AnswerInTurn(std::vector<Result<fal::FalReply>> replies) {
    replies_.assign(replies.begin(), replies.end());
  }

  const std::vector<fal::FalCall>& received() const { return received_; }

  asio::awaitable<Result<fal::FalReply>> Send(const fal::FalCall& call) override {
    received_.push_back(call);
    Result<fal::FalReply> reply = replies_.front();
    if (replies_.size() > 1) replies_.pop_front();
    co_return reply;
  }

 private:
  std::deque<Result<fal::FalReply>> replies_{Status(Reason::kInternal)};
  std::vector<fal::FalCall> received_;
};

}  // namespace flux::fakes
