// What is sent again, how often, and what never is.
#include "service/wire/retry_transport.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/fal/classify.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_transport.h"
#include "tests/fakes/kept_call.h"
#include "tests/fakes/on_loop.h"
#include "tests/fakes/series.h"
#include "tests/service/fal/fal_replies.h"

namespace flux::fal {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

// Waits on the fake clock.
class FakeThrottle final : public Throttle {
 public:
  explicit FakeThrottle(fakes::FakeClock& clock) : clock_(clock) {}

  void Refused(std::optional<std::uint32_t> limit) override { refused.push_back(limit); }
  asio::awaitable<Verdict> Pause(const FalCall&, SteadyTime resume) override {
    waits.push_back(std::chrono::duration_cast<std::chrono::milliseconds>(resume - clock_.Now()));
    clock_.Advance(resume - clock_.Now());
    co_return verdict;
  }

  std::vector<std::optional<std::uint32_t>> refused;
  std::vector<std::chrono::milliseconds> waits;
  Verdict verdict = Verdict::kGo;

 private:
  fakes::FakeClock& clock_;
};

class RetryTransportTest : public testing::Test {
 protected:
  ~RetryTransportTest() override { loop_.Stop(); }

  Result<FalReply> Send(std::chrono::milliseconds patience = 120s) {
    RetryTransport retry(
        wire_, throttle_, resends_, [this] { return random_; }, clock_, metrics_);
    FalCall call;
    call.body = std::make_shared<const std::string>("{}");
    call.model = "m";
    call.deadline = clock_.Now() + patience;
    return fakes::Spawned<Result<FalReply>>(loop_, fakes::SendKept(retry, std::move(call))).Get();
  }

  // The same, for what the wire and the throttle have seen of it.
  void Try(std::chrono::milliseconds patience = 120s) { static_cast<void>(Send(patience)); }

  std::size_t sent() const { return wire_.received().size(); }

  EventLoop loop_{"test"};
  fakes::FakeClock clock_;
  fakes::FakeTransport wire_;
  FakeThrottle throttle_{clock_};
  prometheus::Registry registry_;
  Metrics metrics_{registry_, {"m"}};
  std::uint32_t resends_ = 2;
  double random_ = 0.5;
};

TEST_F(RetryTransportTest, ASuccessIsSentOnce) {
  wire_.Answer(Reply(200, R"({"images":[]})"));
  const Result<FalReply> reply = Send();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->attempts, 1);
  EXPECT_EQ(sent(), 1u);
  EXPECT_THAT(throttle_.waits, IsEmpty());
}

TEST_F(RetryTransportTest, SucceedsWhereAResendDoes) {
  wire_.AnswerInTurn(
      {Status(Reason::kUpstreamUnreachable), Infra(503, "runner_disconnected"), Reply(200, "{}")});
  const Result<FalReply> reply = Send();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 200);
  EXPECT_EQ(reply->attempts, 3);
  EXPECT_EQ(wire_.received()[0].attempt, 1);
  EXPECT_EQ(wire_.received()[2].attempt, 3);
  EXPECT_EQ(wire_.received()[0].body, wire_.received()[2].body) << "86 MB are not copied";
  const auto resends = [this](const char* reason) {
    return fakes::SeriesValue(registry_, "flux_fal_resends_total", {{"model", "m"}, {"reason", reason}});
  };
  EXPECT_EQ(resends("UPSTREAM_UNREACHABLE"), 1);
  EXPECT_EQ(resends("UPSTREAM_BUSY"), 1);
  EXPECT_EQ(resends("UPSTREAM_THROTTLED"), 0);
  EXPECT_EQ(fakes::SeriesValue(registry_, "flux_fal_request_duration_seconds", {{"model", "m"}}), 3);
}

TEST_F(RetryTransportTest, GivesUpAfterTwoResends) {
  wire_.Answer(Infra(503, "runner_disconnected"));
  const Result<FalReply> reply = Send();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 503);
  EXPECT_EQ(reply->attempts, 3);
  EXPECT_EQ(sent(), 3u);
}

TEST_F(RetryTransportTest, ResendsCanBeSwitchedOff) {
  resends_ = 0;
  wire_.Answer(Status(Reason::kUpstreamUnreachable));
  EXPECT_EQ(Send().error().reason, Reason::kUpstreamUnreachable);
  EXPECT_EQ(sent(), 1u);
}

struct Row {
  const char* name;
  Result<FalReply> first;
  bool resent;

  friend void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }
};

Status Failure(Reason reason, Billed billed) {
  Status status(reason);
  status.billed = billed;
  return status;
}

class Resend : public RetryTransportTest, public testing::WithParamInterface<Row> {};

TEST_P(Resend, OnlyOfWhatWasCertainlyNotBilled) {
  wire_.AnswerInTurn({GetParam().first, Reply(200, "{}")});
  Try();
  EXPECT_EQ(sent(), GetParam().resent ? 2u : 1u);
}

// DESIGN, money rule 2, spelt out.
INSTANTIATE_TEST_SUITE_P(
    Rule2, Resend,
    testing::Values(
        Row{"ConnectFailed", Status(Reason::kUpstreamUnreachable), true},
        Row{"ConnectFailedYetMaybeBilled", Failure(Reason::kUpstreamUnreachable, kMaybe), false},
        Row{"CertificateNotTrusted", Status(Reason::kUpstreamUntrusted), false},
        Row{"ReadTimeout", Status(Reason::kUpstreamTimeout), false},
        Row{"ResetInFlight", Status(Reason::kUpstreamConnectionLost), false},
        Row{"ReplyTooLarge", Status(Reason::kUpstreamReplyTooLarge), false},
        Row{"NotHttp", Status(Reason::kUpstreamProtocol), false},
        Row{"DeadlineWhileConnecting", Status(Reason::kDeadlineExceeded), false},
        Row{"CancelledWhileConnecting", Failure(Reason::kCancelled, kNo), false},
        Row{"CancelledInFlight", Failure(Reason::kCancelled, kMaybe), false},
        Row{"Throttled", Reply(429, "{}"), true},
        Row{"ThrottledWith200", Reply(200, R"({"type":"concurrent_requests_limit"})"), true},
        Row{"ThrottledYetBilled", With(Reply(429, "{}"), &FalReply::billable_units, "1"), false},
        Row{"Busy503", Infra(503, "runner_scheduling_failure"), true},
        Row{"Busy503Final", With(Infra(503, "runner_disconnected"), &FalReply::retryable, "false"), false},
        Row{"Busy503Billed", With(Infra(503, "runner_disconnected"), &FalReply::billable_units, "1"), false},
        Row{"Incomplete502", Infra(502, "runner_incomplete_response"), true},
        Row{"Ingress502", Nginx(502), true}, Row{"Startup504", Infra(504, "startup_timeout"), true},
        Row{"User504", With(Reply(504, ""), &FalReply::timeout_type, "user"), false},
        Row{"User504Retryable",
            With(With(Reply(504, ""), &FalReply::timeout_type, "user"), &FalReply::retryable, "true"), false},
        Row{"Request504", Infra(504, "request_timeout"), false}, Row{"Ingress504", Nginx(504), false},
        Row{"Crash500", Model(500, "internal_server_error"), false},
        Row{"Crash500Retryable", Model(500, "internal_server_error", "true"), true},
        Row{"Refused422", Model(422, "image_load_error"), false},
        Row{"Refused422Retryable", Model(422, "of_next_year", "true"), false},
        Row{"Account403", Reply(403, ""), false}, Row{"NotFound404", Reply(404, ""), false},
        Row{"Unreadable200", Reply(200, "junk"), false}),
    [](const auto& row) { return std::string(row.param.name); });

class EveryAnswer : public RetryTransportTest, public testing::WithParamInterface<Case> {};

TEST_P(EveryAnswer, IsResentWhereTheTableSaysSo) {
  const Case& given = GetParam();
  wire_.AnswerInTurn({given.reply, Reply(200, "{}")});
  Try();
  EXPECT_EQ(sent(), RowOf(given.reason).resend && given.billed == kNo ? 2u : 1u);
}

INSTANTIATE_TEST_SUITE_P(Fal, EveryAnswer, testing::ValuesIn(kCases),
                         [](const auto& row) { return std::string(row.param.name); });

TEST_F(RetryTransportTest, BackOffDoublesAndJittersByAQuarter) {
  resends_ = 6;
  wire_.Answer(Status(Reason::kUpstreamUnreachable));
  for (const double random : {0.0, 0.5, 1.0}) {
    random_ = random;
    Try();
  }
  EXPECT_THAT(throttle_.waits, ElementsAre(375ms, 750ms, 1500ms, 3000ms, 3750ms, 3750ms,   //
                                           500ms, 1000ms, 2000ms, 4000ms, 5000ms, 5000ms,  //
                                           625ms, 1250ms, 2500ms, 5000ms, 6250ms, 6250ms));
}

TEST_F(RetryTransportTest, WaitsAsLongAsFalAsks) {
  const FalReply busy = Infra(503, "runner_scheduling_failure");
  wire_.AnswerInTurn({With(busy, &FalReply::retry_after, "40"), With(busy, &FalReply::retry_after, "0")});
  Try();
  EXPECT_THAT(throttle_.waits, ElementsAre(40s, 1s)) << "never less than the back-off";
}

TEST_F(RetryTransportTest, WaitsUntilTheDateThatFalNames) {
  FalReply busy = Infra(503, "runner_scheduling_failure");
  busy.date = "Tue, 24 Nov 2026 07:00:00 GMT";
  busy.retry_after = "Tue, 24 Nov 2026 07:00:20 GMT";
  wire_.AnswerInTurn({busy, Reply(200, "{}")});
  Try();
  EXPECT_THAT(throttle_.waits, ElementsAre(20s));
}

TEST_F(RetryTransportTest, WhatCannotEndBeforeTheDeadlineIsNotWaitedFor) {
  wire_.Answer(With(Reply(429, "{}"), &FalReply::retry_after, "10"));
  const Result<FalReply> late = Send(10'999ms);
  ASSERT_TRUE(late);
  EXPECT_EQ(late->status, 429);
  EXPECT_EQ(Classify(*late).retry_after, 10s) << "the caller can wait by itself";
  EXPECT_EQ(sent(), 1u);
  EXPECT_THAT(throttle_.waits, IsEmpty());

  Try(11s);
  EXPECT_EQ(sent(), 3u) << "one more attempt fits";
}

TEST_F(RetryTransportTest, BackOffEndsWithTheDeadlineToo) {
  wire_.Answer(Status(Reason::kUpstreamUnreachable));
  EXPECT_EQ(Send(2400ms).error().reason, Reason::kUpstreamUnreachable);
  EXPECT_THAT(throttle_.waits, ElementsAre(500ms));
}

TEST_F(RetryTransportTest, TellsTheThrottleOfEveryRefusal) {
  wire_.AnswerInTurn({Reply(429, R"({"type":"concurrent_requests_limit","data":{"limit":20}})"),
                      Reply(429, "{}"),
                      Reply(429, R"({"detail":"Reached concurrent requests limit of 7"})")});
  Try();
  EXPECT_THAT(throttle_.refused, ElementsAre(20, std::nullopt, 7));
  wire_.Answer(Infra(503, "runner_disconnected"));
  Try();
  EXPECT_EQ(throttle_.refused.size(), 3u);
}

TEST_F(RetryTransportTest, WithoutRoomToWaitFalsAnswerStands) {
  throttle_.verdict = Throttle::Verdict::kGiveUp;
  wire_.Answer(Reply(429, "{}"));
  const Result<FalReply> reply = Send();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 429);
  EXPECT_EQ(sent(), 1u);
}

TEST_F(RetryTransportTest, CancelledBetweenAttemptsIsNotBilled) {
  throttle_.verdict = Throttle::Verdict::kCancelled;
  wire_.Answer(Reply(429, "{}"));
  const Result<FalReply> reply = Send();
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().reason, Reason::kCancelled);
  EXPECT_EQ(reply.error().billed, Billed::kNo);
  EXPECT_EQ(sent(), 1u);
}

}  // namespace
}  // namespace flux::fal
