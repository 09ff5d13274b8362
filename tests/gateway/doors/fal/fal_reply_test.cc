// Results and states as fal's apps and its queue say them.
#include "gateway/doors/fal/fal_reply.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "gateway/doors/job_failure.h"

namespace flux::gateway {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

v1::Generation Made() {
  v1::Generation made;
  auto& image = *made.add_images();
  image.set_url("https://v3.fal.media/a.png");
  image.set_width(1024);
  image.set_height(768);
  image.set_content_type("image/jpeg");
  made.set_seed(196619188014358660ULL);
  made.set_prompt("a \"b\"");
  made.mutable_timings()->mutable_inference()->set_nanos(500'000'000);
  made.mutable_price()->set_units(1);
  made.set_fal_request_id("fal-1");
  return made;
}

TEST(RenderOutputTest, AnAppThatMakesOnePictureOfOneMayCallItSo) {
  v1::Generation made = Made();
  EXPECT_FALSE(json::parse(RenderOutput(made)).contains("image"));
  made.set_model("transform/vision-upscaler");
  const json body = json::parse(RenderOutput(made));
  EXPECT_EQ(body["image"], body["images"][0]);
  *made.add_images() = made.images(0);
  EXPECT_FALSE(json::parse(RenderOutput(made)).contains("image"));
}

v1::Job Job(v1::JobState state) {
  v1::Job job;
  job.set_id("0123");
  job.set_state(state);
  job.mutable_created_at()->set_seconds(1'000'000);
  return job;
}

json StatusReply(const v1::Job& job, bool logs = true, WallTime now = WallTime(1'000'000s)) {
  v1::JobLog line;
  line.set_message("50 %");
  line.mutable_at()->set_seconds(1);
  const LogLines lines{line};
  return json::parse(RenderStatus(job, {"https://q/fal-ai/flux"}, logs ? &lines : nullptr, now).json);
}

TEST(FalReplyTest, TheWholeOutput) {
  EXPECT_EQ(
      RenderOutput(Made()),
      R"({"images":[{"url":"https://v3.fal.media/a.png","width":1024,"height":768,"content_type":"image/jpeg"}],)"
      R"("timings":{"inference":0.5},"seed":196619188014358660,"has_nsfw_concepts":[false],"prompt":"a \"b\""})");
}

TEST(FalReplyTest, AppsThatTellLittle) {
  v1::Generation made = Made();
  made.clear_prompt();
  made.clear_timings();
  const json output = json::parse(RenderOutput(made));
  EXPECT_EQ(output.size(), 2u);
  made.mutable_images(0)->set_nsfw(true);
  EXPECT_EQ(json::parse(RenderOutput(made))["has_nsfw_concepts"], json({true})) << "what is flagged is told";
}

TEST(FalReplyTest, HeadersOfAResult) {
  HeaderList headers;
  AddFalHeaders(Made(), "0123", headers);
  std::string ids;
  std::string units;
  for (const auto& [name, value] : headers) {
    if (name == "x-fal-request-id") ids += value;
    if (name == "x-fal-billable-units") units += value;
  }
  EXPECT_EQ(ids, "0123") << "the id that its client knows, once";
  EXPECT_EQ(units, "1.0");
}

TEST(FalReplyTest, StatesOfTheQueue) {
  EXPECT_EQ(StatusReply(Job(v1::JOB_STATE_RESERVED))["status"], "IN_QUEUE");
  EXPECT_EQ(StatusReply(Job(v1::JOB_STATE_RESERVED))["queue_position"], 0);
  v1::Job waiting = Job(v1::JOB_STATE_ACCEPTED);
  EXPECT_EQ(StatusReply(waiting)["status"], "IN_PROGRESS");
  waiting.set_queue_position(2);
  EXPECT_EQ(StatusReply(waiting)["status"], "IN_QUEUE");
  EXPECT_EQ(StatusReply(waiting)["queue_position"], 2);
  v1::Job made = Job(v1::JOB_STATE_SUCCEEDED);
  *made.mutable_generation() = Made();
  const json done = StatusReply(made);
  EXPECT_EQ(done["status"], "COMPLETED");
  EXPECT_EQ(done["metrics"]["inference_time"], 0.5);
  EXPECT_EQ(done["response_url"], "https://q/fal-ai/flux/requests/0123");
  EXPECT_EQ(done["logs"], json::parse(R"([{"message":"50 %","level":"INFO","source":"USER",)"
                                      R"("timestamp":"1970-01-01T00:00:01.000Z"}])"));
  EXPECT_TRUE(StatusReply(made, false)["logs"].is_null());
  EXPECT_FALSE(done.contains("error"));
}

TEST(FalReplyTest, WhatIsUnknownIsNotWaitedForForEver) {
  const v1::Job job = Job(v1::JOB_STATE_UNKNOWN);
  EXPECT_EQ(StatusReply(job)["status"], "IN_PROGRESS");
  const json old = StatusReply(job, true, WallTime(1'000'000s + 6min));
  EXPECT_EQ(old["status"], "COMPLETED");
  EXPECT_EQ(old["error_type"], "OUTCOME_UNKNOWN");
}

TEST(FalReplyTest, WhyThereIsNone) {
  v1::Job job = Job(v1::JOB_STATE_FAILED);
  job.mutable_error()->set_reason("CONTENT_POLICY");
  job.mutable_error()->set_message("flagged");
  job.mutable_error()->set_billed(v1::BILLED_NO);
  job.mutable_error()->set_fal_body(R"({"detail":[]})");
  const Status status = FailureOf(job);
  EXPECT_EQ(status.reason, Reason::kContentPolicy);
  EXPECT_EQ(status.billed, Billed::kNo);
  EXPECT_EQ(status.upstream->body, R"({"detail":[]})");
  EXPECT_EQ(StatusReply(job)["error"], "flagged");
}

TEST(FalReplyTest, TheAnswerToASubmit) {
  const json body = json::parse(RenderSubmitted(Job(v1::JOB_STATE_RESERVED), {"https://q/fal-ai/flux"}));
  EXPECT_EQ(body["status"], "IN_QUEUE");
  EXPECT_EQ(body["request_id"], "0123");
  EXPECT_EQ(body["cancel_url"], "https://q/fal-ai/flux/requests/0123/cancel");
  EXPECT_EQ(body["status_url"], "https://q/fal-ai/flux/requests/0123/status");
}

}  // namespace
}  // namespace flux::gateway
