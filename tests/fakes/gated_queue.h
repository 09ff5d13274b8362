// GatedQueue: a queue of fal's that takes and finishes requests when it is told to.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/shared_event.h"
#include "service/wire/ledger_transport.h"
#include "service/wire/queue_client.h"

namespace flux::fakes {

inline constexpr char kMade[] =
    R"({"images":[{"url":"https://v3.fal.media/a.png","width":1024,"height":768}],"seed":7,"prompt":"x"})";

// Lives on its loop.
class GatedQueue final : public fal::FalQueue {
 public:
  explicit GatedQueue(const asio::any_io_executor& loop) : takes_(loop), finishes_(loop) {}

  asio::awaitable<Result<fal::QueueTicket>> Submit(const fal::FalCall& call) override {
    if (co_await takes_.Wait(call.deadline) != Event::Outcome::kHappened) {
      Status left(Reason::kCancelled);
      left.billed = Billed::kNo;
      co_return left;
    }
    if (std::optional<Status> no = co_await call.ledger->AboutToSend(call)) co_return *no;
    bodies.push_back(*call.body);
    co_return fal::QueueTicket{"fal-" + std::to_string(bodies.size()), "s", "r", "c"};
  }
  Result<fal::QueueTicket> TicketFor(std::string_view, std::string_view) const override {
    return Status(Reason::kUpstreamProtocol);
  }
  asio::awaitable<Result<fal::QueueState>> Look(const fal::QueueTicket&, SteadyTime) override {
    co_return Status(Reason::kInternal);
  }
  asio::awaitable<Result<fal::FalReply>> Fetch(const fal::QueueTicket&, SteadyTime) override {
    co_return Status(Reason::kInternal);
  }
  asio::awaitable<Result<fal::CancelAnswer>> Cancel(const fal::QueueTicket& ticket, SteadyTime) override {
    cancelled = ticket.cancel_url;
    co_return cancel_answer;
  }
  asio::awaitable<Result<fal::FalReply>> Await(const fal::QueueTicket&, SteadyTime,
                                               std::function<void(const fal::QueueState&)> hears) override {
    told = hears;
    if (told) told({fal::QueueState::Kind::kQueued, 3});
    co_await finishes_.Wait(SteadyTime::max());
    told = nullptr;
    co_return reply;
  }
  void Hint(const std::string& request_id) override { hinted.push_back(request_id); }
  void Follow(const std::string& request_id) override { followed.push_back(request_id); }

  void Take() { takes_.Set(); }
  void Finish() { finishes_.Set(); }

  std::vector<std::string> bodies;
  std::vector<std::string> hinted;
  std::vector<std::string> followed;
  std::function<void(const fal::QueueState&)> told;  // of the request that is awaited last
  std::string cancelled;
  Result<fal::CancelAnswer> cancel_answer = fal::CancelAnswer::kRequested;
  fal::FalReply reply{.status = 200, .body = kMade};

 private:
  SharedEvent takes_;
  SharedEvent finishes_;
};

}  // namespace flux::fakes
