// A job as events: what is told when, where a reader goes on, and what large results cost.
#include "gateway/doors/jobs/job_events.h"

#include <gmock/gmock.h>

#include "tests/gateway/guard/guard_fixture.h"

namespace flux::gateway {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using namespace std::chrono_literals;

v1::WatchJobResponse Said(v1::JobState state, std::vector<std::string> logs = {},
                          std::uint32_t logs_seen = 0) {
  v1::WatchJobResponse word;
  word.mutable_job()->set_id(kJobId);
  word.mutable_job()->set_state(state);
  word.mutable_job()->mutable_created_at()->set_seconds(1'764'032'400);
  for (const std::string& line : logs) word.add_logs()->set_message(line);
  word.set_logs_seen(logs_seen);
  return word;
}

v1::WatchJobResponse Made(const std::string& picture = "") {
  v1::WatchJobResponse word = Said(v1::JOB_STATE_SUCCEEDED);
  word.mutable_job()->mutable_generation()->add_images()->set_url("https://v3.fal.media/a.png");
  if (!picture.empty()) word.mutable_job()->mutable_generation()->mutable_images(0)->set_data(picture);
  return word;
}

class JobEventsTest : public GuardTest {
 protected:
  // As the program's clock has it: waits are told by the real one.
  static Request Patient(Request request) {
    request.arrived = std::chrono::steady_clock::now();
    return request;
  }
  Request Ask(const std::string& last_event_id = "") {
    Request request = Patient(Get(kJobPath));
    request.headers.emplace_back("Accept", "text/event-stream");
    if (!last_event_id.empty()) request.headers.emplace_back("Last-Event-ID", last_event_id);
    return request;
  }
  Reply Begin(const std::string& last_event_id = "") {
    return fakes::Handled(loop_, *guard_, Ask(last_event_id));
  }
  std::string Next(Reply& reply) { return fakes::Spawned<std::string>(loop_, reply.stream->Next()).Get(); }
  // All of it.
  std::string Rest(Reply& reply) {
    std::string all;
    for (std::string piece = Next(reply); !piece.empty(); piece = Next(reply)) {
      EXPECT_LE(piece.size(), 70'000u);
      all += piece;
    }
    return all;
  }
  void End(Reply reply) {
    fakes::Spawned<int>(loop_,
                        [](Reply ended) -> asio::awaitable<int> {
                          ended = Reply();
                          co_return 0;
                        }(std::move(reply)))
        .Get();
  }
};

TEST_F(JobEventsTest, TellsEachChangeAndEnds) {
  v1::WatchJobResponse queued = Said(v1::JOB_STATE_ACCEPTED);
  queued.mutable_job()->set_queue_position(3);
  backend_.AnswerWatch({.words = {{0ms, Said(v1::JOB_STATE_RESERVED)},
                                  {20ms, queued},
                                  {20ms, Said(v1::JOB_STATE_ACCEPTED, {"step 1", "step \"2\"\n"}, 2)},
                                  {20ms, Made()}}});
  Reply reply = Begin();
  ASSERT_EQ(reply.status, 200);
  ASSERT_NE(reply.stream, nullptr);
  EXPECT_THAT(reply.headers, testing::Contains(testing::Pair("Content-Type", "text/event-stream")));
  EXPECT_THAT(reply.headers, testing::Contains(testing::Pair("X-Accel-Buffering", "no")));
  EXPECT_THAT(reply.headers, testing::Contains(testing::Pair("Cache-Control", "no-store")));
  const std::string all = Rest(reply);
  EXPECT_THAT(all, StartsWith("retry: 2000\n\nevent: status\nid: " + kJobId + ".0\ndata: {\"id\":\"" +
                              kJobId + "\",\"state\":\"reserved\",\"elapsed_ms\":"));
  EXPECT_THAT(all, HasSubstr(R"("state":"accepted","queue_position":3,)"));
  EXPECT_THAT(all, HasSubstr("event: log\nid: " + kJobId + ".1\ndata: {\"message\":\"step 1\"}\n\n"));
  EXPECT_THAT(all,
              HasSubstr("event: log\nid: " + kJobId + ".2\ndata: {\"message\":\"step \\\"2\\\"\\n\"}\n\n"));
  EXPECT_THAT(all, HasSubstr("event: result\nid: " + kJobId + ".2.end\ndata: {\"success\":true,\"job\":"));
  EXPECT_THAT(all, testing::EndsWith("\"processing_time\":0}\n\n"));
  EXPECT_THAT(all, Not(HasSubstr("event: error")));
  End(std::move(reply));
}

TEST_F(JobEventsTest, AFailureIsToldAsTheRequestItselfWouldHaveBeen) {
  v1::WatchJobResponse failed = Said(v1::JOB_STATE_FAILED);
  failed.mutable_job()->mutable_error()->set_reason("CONTENT_POLICY");
  failed.mutable_job()->mutable_error()->set_billed(v1::BILLED_YES);
  backend_.AnswerWatch({.words = {{0ms, failed}}});
  Reply reply = Begin();
  const std::string all = Rest(reply);
  EXPECT_THAT(all, HasSubstr(R"("state":"failed")"));
  EXPECT_THAT(all, HasSubstr("event: error\nid: " + kJobId + ".0.end\ndata: {\"success\":false,"));
  EXPECT_THAT(all, AllOf(HasSubstr(R"("code":"CONTENT_POLICY")"), HasSubstr(R"("billed":"yes")"),
                         HasSubstr(R"("job":")" + kJobPath)));
  EXPECT_THAT(all, Not(HasSubstr("event: result")));
  End(std::move(reply));
}

TEST_F(JobEventsTest, AReaderGoesOnWhereItWas) {
  for (const auto& [last, lines] :
       std::vector<std::pair<std::string, int>>{{kJobId + ".2", 1},
                                                {kJobId + ".3", 0},
                                                {kJobId + ".9", 0},
                                                {std::string(32, 'b') + ".2", 3},
                                                {kJobId + ".x", 3},
                                                {kJobId + ".", 3},
                                                {kJobId + ".-1", 3},
                                                {kJobId + ".99999999999999999999", 3},
                                                {kJobId, 3},
                                                {kJobId.substr(1) + ".2", 3},
                                                {std::string(5'000, 'a'), 3}}) {
    v1::WatchJobResponse made = Made();
    for (const char* line : {"one", "two", "three"}) made.add_logs()->set_message(line);
    made.set_logs_seen(3);
    backend_.AnswerWatch({.words = {{0ms, made}}});
    Reply reply = Begin(last);
    ASSERT_NE(reply.stream, nullptr) << last;
    const std::string all = Rest(reply);
    int found = 0;
    for (auto at = all.find("event: log"); at != std::string::npos; at = all.find("event: log", at + 1))
      ++found;
    EXPECT_EQ(found, lines) << last;
    EXPECT_THAT(all, HasSubstr("event: result"));
    End(std::move(reply));
  }
}

TEST_F(JobEventsTest, WhoWasToldEverythingIsToldNotToComeAgain) {
  EXPECT_EQ(Handle(Ask(kJobId + ".3.end")).status, 204);
  EXPECT_TRUE(backend_.watched().empty());
  backend_.AnswerWatch({.words = {{0ms, Made()}}});
  Reply reply = Begin(std::string(32, 'b') + ".3.end");
  EXPECT_EQ(reply.status, 200) << "another job's end";
  End(std::move(reply));
}

TEST_F(JobEventsTest, WhatIsNoneIsRefusedBeforeAStreamBegins) {
  backend_.AnswerWatch({.broke = Status(Reason::kUnknownJob)});
  EXPECT_EQ(Handle(Ask()).status, 404);
  EXPECT_EQ(json_["code"], "UNKNOWN_JOB");
  backend_.AnswerWatch({.broke = Status(Reason::kServiceUnavailable)});
  EXPECT_EQ(Handle(Ask()).status, 503);
  EXPECT_EQ(doors_.jobs().streams_open, 0u);
  Request request = Ask();
  request.path = "/api/v1/jobs/nothing";
  EXPECT_EQ(Handle(std::move(request)).status, 404);
}

TEST_F(JobEventsTest, AReaderThatWasHereBeforeIsNotSentAwayWhileTheServiceIsAway) {
  backend_.AnswerWatch({.broke = Status(Reason::kServiceUnavailable)});
  const Reply reply = Begin(kJobId + ".2");
  EXPECT_EQ(reply.status, 200) << "a browser would give up for good";
  EXPECT_EQ(reply.stream, nullptr);
  EXPECT_EQ(reply.body, "retry: 2000\n\n");
  EXPECT_THAT(reply.headers, testing::Contains(testing::Pair("Content-Type", "text/event-stream")));
  backend_.AnswerWatch({.broke = Status(Reason::kUnknownJob)});
  EXPECT_EQ(Handle(Ask(kJobId + ".2")).status, 404);
}

TEST_F(JobEventsTest, AConnectionThatIsLostIsNoticedByNobody) {
  backend_.AnswerWatch(
      {.words = {{0ms, Said(v1::JOB_STATE_ACCEPTED, {"one"}, 1)}}, .broke = Status(Reason::kServiceLost)});
  backend_.AnswerWatch({.broke = Status(Reason::kServiceUnavailable)});
  backend_.AnswerWatch({.words = {{0ms, Said(v1::JOB_STATE_ACCEPTED)}, {10ms, Made()}}});
  Reply reply = Begin();
  const std::string all = Rest(reply);
  EXPECT_THAT(all,
              AllOf(HasSubstr("event: log"), HasSubstr("event: result"), Not(HasSubstr("event: error"))));
  EXPECT_EQ(all.find("\"accepted\""), all.rfind("\"accepted\""))
      << "what has not changed is not told again: " << all;
  End(std::move(reply));
}

TEST_F(JobEventsTest, AJobThatIsForgottenMeanwhileIsAnError) {
  backend_.AnswerWatch({.words = {{0ms, Said(v1::JOB_STATE_UNKNOWN)}}, .broke = Status(Reason::kUnknownJob)});
  Reply reply = Begin();
  EXPECT_THAT(Rest(reply), HasSubstr("\"code\":\"UNKNOWN_JOB\""));
  End(std::move(reply));
}

TEST_F(JobEventsTest, ALargeResultIsToldInPiecesOfOneText) {
  backend_.AnswerWatch({.words = {{0ms, Made(std::string(3'000'000, 'x'))}}});
  Reply one = Begin();
  Reply two = Begin();
  const std::string all = Rest(one);
  EXPECT_GT(all.size(), 4'000'000u);
  EXPECT_THAT(all, testing::EndsWith("}\n\n"));
  EXPECT_EQ(Rest(two), all);
  EXPECT_EQ(backend_.watched().size(), 1u);
  End(std::move(one));
  End(std::move(two));
}

TEST_F(JobEventsTest, LinesOfTheLogAreNotLostAtItsEnd) {
  v1::WatchJobResponse made = Made();
  for (int i = 0; i < 1'000; ++i) made.add_logs()->set_message("line");
  made.set_logs_seen(1'000);
  backend_.AnswerWatch({.words = {{0ms, made}}});
  Reply reply = Begin();
  const std::string all = Rest(reply);
  EXPECT_THAT(all, HasSubstr("id: " + kJobId + ".1000\n"));
  EXPECT_LT(all.find("id: " + kJobId + ".1000\n"), all.find("event: result"));
  End(std::move(reply));
}

TEST_F(JobEventsTest, AStopSendsReadersElsewhere) {
  backend_.AnswerWatch({.words = {{0ms, Said(v1::JOB_STATE_ACCEPTED)}}, .silent = true});
  Reply reply = Begin();
  EXPECT_THAT(Next(reply), HasSubstr("\"accepted\""));
  fakes::Spawned<std::string> waits(loop_, reply.stream->Next());
  doors_.LetGo();
  EXPECT_EQ(waits.Get(), "");
  End(std::move(reply));
}

TEST_F(JobEventsTest, AStreamIsAskedForByHeaderOrQuery) {
  for (const char* accept :
       {"text/event-stream", "Text/Event-Stream;q=1", "application/json, text/event-stream"}) {
    backend_.AnswerWatch({.words = {{0ms, Made()}}});
    Request request = Patient(Get(kJobPath));
    request.headers.emplace_back("accept", accept);
    Reply reply = fakes::Handled(loop_, *guard_, std::move(request));
    EXPECT_NE(reply.stream, nullptr) << accept;
    End(std::move(reply));
  }
  backend_.AnswerWatch({.words = {{0ms, Made()}}});
  Reply reply = fakes::Handled(loop_, *guard_, Patient(Get(kJobPath, {{"stream", "true"}})));
  EXPECT_NE(reply.stream, nullptr);
  End(std::move(reply));
  v1::Job job;
  job.set_id(kJobId);
  backend_.AnswerJob(job);
  for (const char* accept : {"*/*", "application/json", "text/*", ""}) {
    Request request = Get(kJobPath);
    request.headers.emplace_back("Accept", accept);
    EXPECT_EQ(Handle(std::move(request)).stream, nullptr) << accept;
  }
  EXPECT_EQ(Handle(Get(kJobPath, {{"stream", "false"}})).stream, nullptr);
}

}  // namespace
}  // namespace flux::gateway
