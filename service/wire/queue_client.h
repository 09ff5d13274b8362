// provisional
#pragma once
#include "service/wire/transport.h"
namespace flux::fal {
class FalQueue {
 public:
  virtual ~FalQueue() = default;
  virtual asio::awaitable<Result<QueueTicket>> Submit(const FalCall& call) = 0;
  virtual asio::awaitable<Result<FalReply>> Await(const QueueTicket& ticket, SteadyTime deadline) = 0;
};
}
