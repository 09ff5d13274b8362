// Waiting for what fal's queue makes: whatever goes wrong on the way is asked about again, and nothing is
// given up that may still come.
#include "tests/service/wire/queue_test.h"

namespace flux::fal {
namespace {

using fakes::HttpReply;
using testing::SizeIs;

const std::string kStream = kStatus + "/stream";
const std::string kLooks = kStatus + " HTTP";

std::string Events(std::string_view events, std::string_view type = "text/event-stream; charset=utf-8") {
  return "HTTP/1.1 200 OK\r\nContent-Type: " + std::string(type) + "\r\n\r\n" + std::string(events);
}

class QueueAwaitTest : public QueueTest {
 protected:
  bool Eventually(const std::string& asked) {
    const SteadyTime end = In(30s);
    while (fal_.Asked(asked).empty()) {
      if (clock_.Now() > end) return false;
      std::this_thread::yield();
    }
    return true;
  }
};

TEST_F(QueueAwaitTest, TheStreamTellsAtOnceAndTheResultIsFetched) {
  fal_.Answer(kStream, {Events("data: {\"status\":\"IN_QUEUE\",\"queue_position\":0}\n\n: still here\n\n"
                               "data: {\"status\":\"COMPLETED\"}\n\n")});
  fal_.Answer(kResult, {Picture()});
  const Result<FalReply> reply = Await();
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->body, R"({"images":[]})");
  EXPECT_THAT(fal_.Asked(kLooks), SizeIs(0));
  EXPECT_THAT(fal_.Asked(kStream).front(), testing::HasSubstr("Accept: text/event-stream\r\n"));
  EXPECT_THAT(fal_.Asked(kStream).front(), testing::Not(testing::HasSubstr("application/json")));
}

TEST_F(QueueAwaitTest, AHintEndsAStreamThatSaysNothing) {
  fal_.Answer(kStream, {std::string(fakes::kSilent)});
  fal_.Answer(kStatus, {Completed()});
  fal_.Answer(kResult, {Picture()});
  const QueueTicket ticket = Ticket();
  fakes::Spawned<Result<FalReply>> waiting(loop_, queue_->Await(ticket, In(30s), nullptr));
  ASSERT_TRUE(Eventually(kStream));
  const SteadyTime begun = clock_.Now();
  asio::post(loop_.context(), [this] { queue_->Hint(kId); });
  EXPECT_TRUE(waiting.Get());
  EXPECT_LT(clock_.Now() - begun, 20s) << "a stream may last for thirty seconds";
  asio::post(loop_.context(), [this] { queue_->Hint(kId); });  // late, of nobody
}

TEST_F(QueueAwaitTest, WhoIsFollowedIsToldTheLog) {
  fal_.Answer(kStream, {std::string(fakes::kSilent)});
  fal_.Answer(kStream + "?logs=1",
              {Events("data: {\"status\":\"COMPLETED\",\"logs\":[{\"message\":\"one\",\"timestamp\":"
                      "\"2026-11-25T12:00:00Z\"},{\"message\":7},null]}\n\n")});
  fal_.Answer(kResult, {Picture()});
  std::vector<LogLine> lines;
  const QueueTicket ticket = Ticket();
  fakes::Spawned<Result<FalReply>> waiting(
      loop_, queue_->Await(ticket, In(30s), [&](const QueueState& state) { lines = state.logs; }));
  ASSERT_TRUE(Eventually(kStream));
  asio::post(loop_.context(), [this] { queue_->Follow(kId); });
  EXPECT_TRUE(waiting.Get());
  ASSERT_THAT(lines, SizeIs(1));
  EXPECT_EQ(lines[0].message, "one");
}

TEST_F(QueueAwaitTest, BeyondTheStreamsItLooksNowAndThen) {
  QueueOptions options;
  options.most_streams = 0;
  Make(options);
  fal_.Answer(kStatus, {Running(), Running(), Completed()});
  fal_.Answer(kResult, {Picture()});
  ASSERT_TRUE(Await());
  EXPECT_THAT(fal_.Asked(kStream), SizeIs(0));
  EXPECT_THAT(fal_.Asked(kLooks), SizeIs(3));
}

TEST_F(QueueAwaitTest, AStreamThatEndsEarlyIsOpenedAgain) {
  fal_.Answer(kStream, {Events("data: {\"status\":\"IN_PROGRESS\"}\n\n"),
                        Events("data: {\"status\":\"COMPLETED\"}\n\n")});
  fal_.Answer(kStatus, {Running()});
  fal_.Answer(kResult, {Picture()});
  ASSERT_TRUE(Await());
  EXPECT_THAT(fal_.Asked(kStream), SizeIs(2));
}

TEST_F(QueueAwaitTest, WhereThereIsNoStreamItLooks) {
  for (const std::string& none :
       {HttpReply(404, "{}"), Json(200, R"({"status":"IN_QUEUE"})"), Events("data: nonsense\n\n"),
        Events("data: {\"status\":\"COMPLETED\"}\n\n", "text/html"), std::string(fakes::kCloses),
        Events("data: " + std::string(300'000, 'x'))}) {
    fal_.Answer(kStream, {none});
    fal_.Answer(kStatus, {Running(), Running(), Completed()});
    fal_.Answer(kResult, {Picture()});
    const std::size_t before = fal_.Asked(kStream).size();
    ASSERT_TRUE(Await()) << none.substr(0, 200);
    EXPECT_THAT(fal_.Asked(kStream), SizeIs(before + 1));
  }
}

TEST_F(QueueAwaitTest, EveryFaultOnTheWayIsAskedAboutAgain) {
  fal_.Answer(kStatus, {std::string(fakes::kCloses), HttpReply(500, "{}"), HttpReply(200, "<html>"),
                        HttpReply(404, "<html>"), Json(403, R"({"detail":"User is locked."})"),
                        HttpReply(302, "", "Location: /x\r\n"), Completed()});
  fal_.Answer(kResult,
              {std::string(fakes::kCloses), Json(400, R"({"detail":"Request is still in progress"})"),
               HttpReply(502, "<html>"), HttpReply(401, "{}"), Json(404, "{}"),
               "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n{\"images\"",
               HttpReply(200, R"({"images":[)"), HttpReply(500, "{}"), Picture()});
  const Result<FalReply> reply = Await();
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->body, R"({"images":[]})");
  EXPECT_THAT(fal_.Asked(kLooks), SizeIs(7));
}

TEST_F(QueueAwaitTest, GoneIsBelievedWhenItIsSaidSeveralTimes) {
  fal_.Answer(kStatus, {Json(404, "{}"), Json(404, "{}"), Running(), Completed()});
  fal_.Answer(kResult, {Picture()});
  EXPECT_TRUE(Await());
  fal_.Answer(kStatus, {Json(404, R"({"detail":"not found"})")});
  const std::size_t before = fal_.Asked(kLooks).size();
  const Result<FalReply> gone = Await();
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().reason, Reason::kOutcomeUnknown);
  EXPECT_EQ(gone.error().billed, Billed::kMaybe);
  EXPECT_THAT(fal_.Asked(kLooks), SizeIs(before + 4));
  fal_.Answer(kStatus, {Completed()});
  fal_.Answer(kResult, {Json(404, R"({"detail":"not found"})")});
  EXPECT_EQ(Await().error().reason, Reason::kOutcomeUnknown);
}

TEST_F(QueueAwaitTest, AModelsFailureIsBelievedWhenItIsSaidSeveralTimes) {
  fal_.Answer(kStatus, {Completed()});
  fal_.Answer(kResult, {HttpReply(500, R"({"detail":"CUDA"})")});
  const Result<FalReply> failed = Await();
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->status, 500);
  EXPECT_EQ(failed->request_id, kId);
  EXPECT_THAT(fal_.Asked(kResult + " HTTP"), SizeIs(4));
  fal_.Answer(kResult, {Json(422, R"({"detail":"no"})")});
  EXPECT_EQ(Await()->status, 422);
  EXPECT_THAT(fal_.Asked(kResult + " HTTP"), SizeIs(5)) << "a refusal is nobody's but the model's";
}

TEST_F(QueueAwaitTest, TheDeadlineEndsIt) {
  fal_.Answer(kStatus, {Running()});
  const Result<FalReply> running = Await(300ms);
  ASSERT_FALSE(running);
  EXPECT_EQ(running.error().reason, Reason::kUpstreamTimeout);
  EXPECT_EQ(running.error().billed, Billed::kMaybe);
  const std::size_t looks = fal_.Asked(kLooks).size();
  EXPECT_GE(looks, 3u);
  EXPECT_LE(looks, 5u) << "50 ms, 75 ms, 112 ms";

  fal_.Answer(kStatus, {Json(401, "{}")});
  const Result<FalReply> refused = Await(300ms);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, Reason::kUpstreamAccount) << "the last failure is told";
  EXPECT_EQ(refused.error().billed, Billed::kMaybe);
}

TEST_F(QueueAwaitTest, RetryAfterIsObeyed) {
  fal_.Answer(kStatus, {HttpReply(429, "{}", "Retry-After: 1\r\n"), Completed()});
  fal_.Answer(kResult, {Picture()});
  const SteadyTime start = clock_.Now();
  ASSERT_TRUE(Await());
  EXPECT_GE(clock_.Now() - start, 1s);

  fal_.Answer(kStatus, {HttpReply(429, "{}", "Retry-After: 60\r\n")});
  const Result<FalReply> hopeless = Await();
  ASSERT_FALSE(hopeless);
  EXPECT_EQ(hopeless.error().reason, Reason::kUpstreamThrottled);
  EXPECT_EQ(hopeless.error().retry_after, 60s);
}

TEST_F(QueueAwaitTest, WhoeverLeavesIsHeardWhereverItWaits) {
  for (const auto& [stream, look, at] :
       {std::tuple{std::string(fakes::kSilent), Running(), kStream},
        {HttpReply(404, "{}"), std::string(fakes::kSilent), kLooks},
        {HttpReply(404, "{}"), HttpReply(429, "{}", "Retry-After: 20\r\n"), kLooks}}) {
    Make(QueueOptions{});
    fal_.Answer(kStream, {stream});
    fal_.Answer(kStatus, {look});
    auto waiting = BeginAwait(Ticket(), 30s);
    ASSERT_TRUE(Eventually(at));
    waiting.Cancel();
    const Result<FalReply> left = waiting.Get();
    ASSERT_FALSE(left);
    EXPECT_EQ(RowOf(left.error().reason).name, RowOf(Reason::kCancelled).name);
    EXPECT_EQ(left.error().billed, Billed::kMaybe);
  }
}

TEST_F(QueueAwaitTest, WhatStallsIsAskedAnewOnAnotherConnection) {
  Make(QueueOptions{.look_timeout = 100ms, .fetch_timeout = 100ms, .stream_timeout = 100ms});
  fal_.Answer(kStream, {std::string(fakes::kSilent)});
  fal_.Answer(kStatus, {std::string(fakes::kSilent), Completed()});
  fal_.Answer(kResult, {std::string(fakes::kSilent), Picture()});
  const Result<FalReply> reply = Await();
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_GE(fal_.connections(), 4);
}

TEST_F(QueueAwaitTest, AResultBeyondTheLimitIsToldAtOnce) {
  Make(QueueOptions{.max_reply = Bytes{1000}});
  fal_.Answer(kStatus, {Completed()});
  fal_.Answer(kResult, {HttpReply(200, "{" + std::string(1000, ' ') + "}")});
  const Result<FalReply> reply = Await();
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().reason, Reason::kUpstreamReplyTooLarge);
  EXPECT_THAT(fal_.Asked(kResult + " HTTP"), SizeIs(1));
}

TEST_F(QueueAwaitTest, AnAnswerThatRepeatsTheKeyDoesNotCarryItOn) {
  fal_.Answer(kStatus, {Completed()});
  fal_.Answer(kResult, {HttpReply(422, R"({"detail":"hush-hush-hush"})")});
  EXPECT_EQ(Await()->body, R"({"detail":"***"})");
}

TEST_F(QueueAwaitTest, ManyAtOnceEachGetTheirOwn) {
  std::vector<fakes::Spawned<Result<FalReply>>> waiting;
  for (int i = 0; i < 100; ++i) {
    const std::string id = "id" + std::to_string(i);
    const std::string path = "GET /fal-ai/flux/requests/" + id;
    fal_.Answer(path + "/status", {Running(), Completed()});
    fal_.Answer(path, {HttpReply(200, R"({"images":[")" + id + R"("]})")});
    waiting.push_back(BeginAwait(queue_->TicketFor("fal-ai/flux", id).value(), 60s));
  }
  for (int i = 0; i < 100; ++i) {
    const Result<FalReply> reply = waiting[static_cast<std::size_t>(i)].Get();
    ASSERT_TRUE(reply) << reply.error().message;
    EXPECT_EQ(reply->body, R"({"images":["id)" + std::to_string(i) + R"("]})");
  }
}

}  // namespace
}  // namespace flux::fal
