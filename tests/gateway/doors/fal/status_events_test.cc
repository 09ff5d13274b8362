// The stream of a job's states: each change once, its log where that is asked for, and an end.
#include "gateway/doors/fal/status_events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/event_loop.h"
#include "tests/fakes/fake_backend.h"
#include "tests/fakes/on_loop.h"

namespace flux::gateway {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

class StatusEventsTest : public testing::Test {
 protected:
  StatusEventsTest() { job_.set_id(std::string(32, 'a')); }
  ~StatusEventsTest() override {
    fakes::Spawned<int>(loop_, End(std::move(events_))).Get();
    loop_.Stop();
  }

  void Follow(bool logs) {
    job_.set_state(v1::JOB_STATE_RESERVED);
    events_ = std::make_unique<StatusEvents>(
        watchers_.Watch(loop_.context().get_executor(), job_.id(), CallContext(), job_), nullptr, clock_,
        QueueUrls{"https://q/a/b"}, logs);
  }
  // What is told next: a comment is not looked at.
  std::string Next() { return fakes::Spawned<std::string>(loop_, events_->Next()).Get(); }

  fakes::FakeBackend::Word Said(v1::JobState state, const std::string& line = "") {
    v1::WatchJobResponse said;
    job_.set_state(state);
    *said.mutable_job() = job_;
    if (!line.empty()) said.add_logs()->set_message(line);
    said.set_logs_seen(lines_ += line.empty() ? 0 : 1);
    return {20ms, said};
  }
  // On its loop, as a coroutine does it.
  static asio::awaitable<int> End(std::unique_ptr<StatusEvents> events) {
    events.reset();
    co_return 0;
  }

  EventLoop loop_{"test"};
  fakes::FakeBackend backend_;
  const SystemClock clock_;
  JobCounters counters_;
  JobWatchers watchers_{backend_, clock_, {}, counters_};
  v1::Job job_;
  std::uint32_t lines_ = 0;
  std::unique_ptr<StatusEvents> events_;
};

TEST_F(StatusEventsTest, TellsEachChangeAndEnds) {
  const auto accepted = Said(v1::JOB_STATE_ACCEPTED);
  job_.mutable_generation()->add_images()->set_url("https://a/b");
  const auto made = Said(v1::JOB_STATE_SUCCEEDED);
  job_.clear_generation();
  backend_.AnswerWatch({.words = {accepted, made}});
  Follow(false);
  EXPECT_THAT(Next(), HasSubstr(R"("status":"IN_QUEUE")"));
  const std::string running = Next();
  EXPECT_THAT(running, HasSubstr(R"("status":"IN_PROGRESS")"));
  EXPECT_THAT(running, HasSubstr(R"("logs":null)"));
  const std::string last = Next();
  EXPECT_THAT(last, testing::StartsWith("data: {"));
  EXPECT_THAT(last, testing::EndsWith("}\n\n"));
  EXPECT_THAT(last, HasSubstr(R"("status":"COMPLETED")"));
  EXPECT_EQ(Next(), "");
}

TEST_F(StatusEventsTest, EachStateHasTheLogSoFar) {
  const auto first = Said(v1::JOB_STATE_ACCEPTED, "one");
  const auto second = Said(v1::JOB_STATE_ACCEPTED, "two");
  backend_.AnswerWatch({.words = {first, second, Said(v1::JOB_STATE_SUCCEEDED)}});
  Follow(true);
  EXPECT_THAT(Next(), HasSubstr(R"("logs":[])"));
  const std::string one = Next();
  EXPECT_THAT(one, HasSubstr(R"("logs":[{"message":"one","level":"INFO","source":"USER"}])"));
  EXPECT_THAT(one, Not(HasSubstr("two")));
  const std::string two = Next();
  EXPECT_THAT(two, HasSubstr("one"));
  EXPECT_THAT(two, HasSubstr("two"));
}

TEST_F(StatusEventsTest, EndsWhereTheJobIsForgotten) {
  backend_.AnswerWatch({.broke = Status(Reason::kUnknownJob)});
  Follow(false);
  Next();
  EXPECT_THAT(Next(), testing::StartsWith(":"));
  EXPECT_EQ(Next(), "");
}

}  // namespace
}  // namespace flux::gateway
