// Replies with stream: true: what is said when, and what the guard is told of the purchase.
#include <gmock/gmock.h>

#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <thread>

#include "gateway/http/reply_stream.h"
#include "tests/gateway/guard/guard_fixture.h"

namespace flux::gateway {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

class StreamTest : public GuardTest {
 protected:
  static constexpr char kBody[] = R"({"prompt":"x","model":"dev","stream":true,"partial_images":1})";

  StreamTest() {
    made_.add_images()->set_data("ABC");
    made_.add_images()->set_data("DEF");
    made_.mutable_images(0)->set_content_type("image/png");
  }
  // The backend answers after so long.
  void AnswerAfter(std::chrono::milliseconds wait, Result<v1::Generation> result) {
    backend_.Answer([wait, result]() -> asio::awaitable<Result<v1::Generation>> {
      asio::steady_timer timer(co_await asio::this_coro::executor, wait);
      asio::error_code cancelled;
      co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
      if (cancelled) co_return Status(Reason::kCancelled);
      co_return result;
    });
  }
  Reply Begin() { return fakes::Handled(loop_, *guard_, Post("/v1/images/generations", kBody)); }
  std::string Next(Reply& reply) { return fakes::Spawned<std::string>(loop_, reply.stream->Next()).Get(); }
  // On the loop, as a connection does it.
  void End(Reply reply, Delivery delivery) {
    fakes::Spawned<int>(loop_,
                        [](Reply ended, Delivery how) -> asio::awaitable<int> {
                          ended.stream.reset();
                          ended.watcher->Ended(how);
                          ended = Reply();
                          co_return 0;
                        }(std::move(reply), delivery))
        .Get();
  }
  static std::string Counted(const std::string& reason) {
    return "flux_gateway_requests_total{reason=\"" + reason + R"(",route="/v1/images/generations"})";
  }

  v1::Generation made_;
};

TEST_F(StreamTest, EveryPictureIsAnEventAndTheRequestIsCountedAtItsEnd) {
  AnswerAfter(0ms, made_);
  Reply reply = Begin();
  ASSERT_EQ(reply.status, 200);
  ASSERT_NE(reply.stream, nullptr);
  EXPECT_THAT(Next(reply), testing::AllOf(HasSubstr("event: image_generation.completed"), HasSubstr("QUJD")));
  EXPECT_THAT(Next(reply), HasSubstr("REVG"));
  EXPECT_EQ(Next(reply), "");
  EXPECT_THAT(Metrics(), HasSubstr(Counted("OK") + " 0"));
  End(std::move(reply), {true, 10});
  EXPECT_THAT(Metrics(), HasSubstr(Counted("OK") + " 1"));
}

TEST_F(StreamTest, WhatFailsAtOnceHasAStatus) {
  AnswerAfter(0ms, InvalidFields({{"num_images", "must be at most 4"}}));
  const Reply reply = Handle(Post("/v1/images/generations", kBody));
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(json_["error"]["param"], "n");
}

TEST_F(StreamTest, WhatFailsLaterIsAnEvent) {
  AnswerAfter(700ms, Status(Reason::kUpstreamTimeout));
  Reply reply = Begin();
  ASSERT_NE(reply.stream, nullptr);
  const std::string event = Next(reply);
  EXPECT_THAT(event,
              testing::AllOf(HasSubstr("event: error"), HasSubstr("upstream_timeout"), HasSubstr("maybe")));
  EXPECT_EQ(Next(reply), "");
  End(std::move(reply), {true, 10});
  EXPECT_THAT(Metrics(), HasSubstr(Counted("UPSTREAM_TIMEOUT") + " 1"));
}

TEST_F(StreamTest, WhoLeavesEndsThePurchase) {
  AnswerAfter(60s, made_);
  Reply reply = Begin();
  ASSERT_NE(reply.stream, nullptr);
  End(std::move(reply), {false, 0});
  EXPECT_THAT(Metrics(), HasSubstr(Counted("CANCELLED") + " 1"));
  EXPECT_THAT(Metrics(), HasSubstr("flux_gateway_requests_in_flight 0"));
}

TEST_F(StreamTest, WhoLeavesBeforeItBeginsEndsThePurchase) {
  AnswerAfter(60s, made_);
  fakes::Spawned<Reply> handled(loop_, fakes::Handle(*guard_, Post("/v1/images/generations", kBody)));
  while (backend_.calls() == 0) std::this_thread::yield();
  handled.Cancel();
  EXPECT_EQ(handled.Get().status, 499);
}

}  // namespace
}  // namespace flux::gateway
