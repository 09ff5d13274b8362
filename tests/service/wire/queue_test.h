// QueueTest: a client of fal's queue, and the scripted fal that it speaks to.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/registry.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "service/wire/queue_client.h"
#include "tests/fakes/on_loop.h"
#include "tests/fakes/scripted_fal.h"

namespace flux::fal {
using namespace std::chrono_literals;

inline const std::string kId = "0199-abc_DEF";
inline const std::string kSubmit = "POST /fal-ai/flux/dev";
inline const std::string kStatus = "GET /fal-ai/flux/requests/" + kId + "/status";
inline const std::string kResult = "GET /fal-ai/flux/requests/" + kId;
inline const std::string kCancel = "PUT /fal-ai/flux/requests/" + kId + "/cancel";

inline std::string Json(int status, std::string_view body) {
  return fakes::HttpReply(status, body, "Content-Type: application/json\r\n");
}
inline std::string Running() {
  return Json(202, R"({"status":"IN_PROGRESS","logs":null})");
}
inline std::string Completed() {
  return Json(200, R"({"status":"COMPLETED","metrics":{"inference_time":3.7}})");
}
inline std::string Picture() {
  return fakes::HttpReply(200, R"({"images":[]})",
                          "Content-Type: application/json\r\nx-fal-billable-units: 1\r\n");
}

class QueueTest : public testing::Test {
 protected:
  QueueTest() { Make(QueueOptions{}); }
  ~QueueTest() override { loop_.Stop(); }

  void Make(QueueOptions options, std::string url = {}) {
    options.url = url.empty() ? fal_.url() : std::move(url);
    options.key = "id:hush-hush-hush";
    options.user_agent = "flux-test/1";
    queue_ = std::make_unique<CurlFalQueue>(Stack::Borrowed{loop_.context(), registry_, nullptr, clock_},
                                            options, std::vector<std::string>{"m"});
  }

  SteadyTime In(std::chrono::milliseconds patience) { return clock_.Now() + patience; }

  QueueTicket Ticket() const { return queue_->TicketFor("fal-ai/flux/dev", kId).value(); }

  Result<QueueTicket> Submit(std::chrono::milliseconds patience = 30s, SendLedger* ledger = nullptr) {
    FalCall call;
    call.endpoint = "fal-ai/flux/dev";
    call.model = "m";
    call.body = std::make_shared<const std::string>(R"({"prompt":"x"})");
    call.deadline = In(patience);
    call.ledger = ledger;
    const auto run = [this](FalCall kept) -> asio::awaitable<Result<QueueTicket>> {
      co_return co_await queue_->Submit(kept);
    };
    return fakes::Spawned<Result<QueueTicket>>(loop_, run(std::move(call))).Get();
  }

  template <typename T>
  using Verb = asio::awaitable<Result<T>> (FalQueue::*)(const QueueTicket&, SteadyTime);
  template <typename T>
  fakes::Spawned<Result<T>> Begin(Verb<T> verb, QueueTicket ticket, std::chrono::milliseconds patience) {
    return {loop_, Keep<T>(*queue_, verb, std::move(ticket), In(patience))};
  }
  template <typename T>
  static asio::awaitable<Result<T>> Keep(FalQueue& queue, Verb<T> verb, QueueTicket ticket,
                                         SteadyTime deadline) {
    co_return co_await (queue.*verb)(ticket, deadline);
  }

  fakes::Spawned<Result<FalReply>> BeginAwait(QueueTicket ticket, std::chrono::milliseconds patience) {
    return {loop_, KeepAwait(*queue_, std::move(ticket), In(patience))};
  }
  static asio::awaitable<Result<FalReply>> KeepAwait(FalQueue& queue, QueueTicket ticket,
                                                     SteadyTime deadline) {
    co_return co_await queue.Await(ticket, deadline, nullptr);
  }

  Result<QueueState> Look() { return Begin(&FalQueue::Look, Ticket(), 30s).Get(); }
  Result<FalReply> Fetch() { return Begin(&FalQueue::Fetch, Ticket(), 30s).Get(); }
  Result<CancelAnswer> Cancel() { return Begin(&FalQueue::Cancel, Ticket(), 30s).Get(); }
  Result<FalReply> Await(std::chrono::milliseconds patience = 30s) {
    return BeginAwait(Ticket(), patience).Get();
  }

  // The answer to a submit whose addresses are at `base`.
  std::string Taken(const std::string& base) {
    const std::string request = base + "/fal-ai/flux/requests/" + kId;
    return Json(200, R"({"status":"IN_QUEUE","request_id":")" + kId + R"(","response_url":")" + request +
                         R"(","status_url":")" + request + R"(/status","cancel_url":")" + request +
                         R"(/cancel","queue_position":0,"logs":null,"metrics":{}})");
  }

  prometheus::Registry registry_;
  SystemClock clock_;
  EventLoop loop_{"test"};
  fakes::ScriptedFal fal_;
  std::unique_ptr<CurlFalQueue> queue_;
};

}  // namespace flux::fal
