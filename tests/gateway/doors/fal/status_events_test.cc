// The stream of a job's states: each change once, and an end.
#include "gateway/doors/fal/status_events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/fake_backend.h"
#include "tests/fakes/on_loop.h"

namespace flux::gateway {
namespace {

using testing::HasSubstr;

TEST(StatusEventsTest, TellsEachChangeAndEnds) {
  EventLoop loop("test");
  fakes::FakeBackend backend;
  const SystemClock clock;
  v1::Job job;
  job.set_id(std::string(32, 'a'));
  job.set_state(v1::JOB_STATE_RESERVED);
  StatusEvents events(backend, clock, CallContext(), job, {"https://q/a/b"}, false);
  const auto next = [&] { return fakes::Spawned<std::string>(loop, events.Next()).Get(); };
  EXPECT_THAT(next(), HasSubstr(R"("status":"IN_QUEUE")"));
  job.set_state(v1::JOB_STATE_ACCEPTED);
  backend.AnswerJob(job);
  EXPECT_THAT(next(), HasSubstr(R"("status":"IN_PROGRESS")"));
  job.set_state(v1::JOB_STATE_SUCCEEDED);
  job.mutable_generation()->add_images()->set_url("https://a/b");
  backend.AnswerJob(job);
  const std::string last = next();
  EXPECT_THAT(last, testing::StartsWith("data: {"));
  EXPECT_THAT(last, testing::EndsWith("}\n\n"));
  EXPECT_THAT(last, HasSubstr(R"("status":"COMPLETED")"));
  EXPECT_EQ(next(), "");
  loop.Stop();
}

TEST(StatusEventsTest, EndsWhereTheJobIsForgotten) {
  EventLoop loop("test");
  fakes::FakeBackend backend;  // knows no job
  const SystemClock clock;
  v1::Job job;
  job.set_id(std::string(32, 'a'));
  job.set_state(v1::JOB_STATE_RESERVED);
  StatusEvents events(backend, clock, CallContext(), job, {"https://q/a/b"}, false);
  const auto next = [&] { return fakes::Spawned<std::string>(loop, events.Next()).Get(); };
  next();
  EXPECT_THAT(next(), testing::StartsWith(":"));
  EXPECT_EQ(next(), "");
  loop.Stop();
}

}  // namespace
}  // namespace flux::gateway
