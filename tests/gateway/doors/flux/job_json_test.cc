// A job as the public is shown it: its state, its result in today's shape, or why it failed.
#include "gateway/doors/flux/job_json.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "gateway/doors/job_failure.h"

namespace flux::gateway {
namespace {

v1::Job Made() {
  v1::Job job;
  job.set_id("0123456789abcdef0123456789abcdef");
  job.set_state(v1::JOB_STATE_SUCCEEDED);
  job.set_model("text-to-image/dev");
  job.mutable_created_at()->set_seconds(1'764'032'400);
  job.mutable_ended_at()->set_seconds(1'764'032'402);
  job.mutable_ended_at()->set_nanos(123'456'789);
  job.mutable_expires_at()->set_seconds(1'764'118'802);
  job.set_billed(v1::BILLED_YES);
  job.mutable_generation()->add_images()->set_url("https://v3.fal.media/a.png");
  job.mutable_generation()->set_seed(18446744073709551615ULL);
  job.mutable_generation()->mutable_timings()->mutable_total()->set_seconds(2);
  return job;
}

TEST(RenderJobTest, AResultIsInTodaysShape) {
  EXPECT_EQ(
      RenderJob(Made()),
      R"({"success":true,"job":{"id":"0123456789abcdef0123456789abcdef","state":"succeeded",)"
      R"("model":"text-to-image/dev","created_at":"2025-11-25T01:00:00.000Z",)"
      R"("ended_at":"2025-11-25T01:00:02.123Z","expires_at":"2025-11-26T01:00:02.000Z","billed":"yes"},)"
      R"("data":{"images":[{"url":"https://v3.fal.media/a.png"}],"seed":18446744073709551615,)"
      R"("has_nsfw_concepts":[false]},"processing_time":2000})");
}

TEST(RenderJobTest, WarningsFollow) {
  v1::Job job = Made();
  job.mutable_generation()->add_warnings("1 of 2 pictures \"failed\"");
  EXPECT_EQ(nlohmann::json::parse(RenderJob(job))["warnings"],
            nlohmann::json({"1 of 2 pictures \"failed\""}));
}

TEST(RenderJobTest, AFailureIsInTheJob) {
  v1::Job job = Made();
  job.clear_generation();
  job.set_state(v1::JOB_STATE_FAILED);
  job.mutable_error()->set_reason("CONTENT_POLICY");
  job.mutable_error()->set_message("say \"please\"\n\x01");
  job.mutable_error()->set_fal_body(R"({"detail":"no"})");
  const nlohmann::json json = nlohmann::json::parse(RenderJob(job));
  EXPECT_EQ(json["success"], true) << "the job was found";
  EXPECT_FALSE(json.contains("data"));
  EXPECT_EQ(json["job"]["state"], "failed");
  EXPECT_EQ(json["job"]["error"], nlohmann::json({{"code", "CONTENT_POLICY"},
                                                  {"message", "say \"please\"\n\x01"},
                                                  {"billed", "maybe"},
                                                  {"retryable", false},
                                                  {"fal_error", {{"detail", "no"}}}}))
      << "what nobody says may have been billed";
}

TEST(RenderJobTest, WhatIsOpenHasNoEnd) {
  v1::Job job;
  for (const auto& [state, name] : {std::pair{v1::JOB_STATE_RESERVED, "reserved"},
                                    {v1::JOB_STATE_SENT, "sent"},
                                    {v1::JOB_STATE_ACCEPTED, "accepted"},
                                    {v1::JOB_STATE_UNKNOWN, "unknown"},
                                    {v1::JOB_STATE_UNSPECIFIED, "unknown"}}) {
    job.set_state(state);
    const nlohmann::json json = nlohmann::json::parse(RenderJob(job));
    EXPECT_EQ(json["job"]["state"], name);
    EXPECT_FALSE(json["job"].contains("ended_at"));
    EXPECT_FALSE(json["job"].contains("error"));
    EXPECT_FALSE(IsOver(job)) << name;
  }
  job.set_state(v1::JOB_STATE_SUCCEEDED);
  EXPECT_TRUE(IsOver(job));
  job.set_state(v1::JOB_STATE_FAILED);
  EXPECT_TRUE(IsOver(job));
}

TEST(RenderJobTest, OddTextCannotBreakIt) {
  v1::Job job = Made();
  job.set_model("\xff\"}");
  for (const char* body : {"{", "\"\xff\"", "[1", "x"}) {
    job.mutable_error()->set_fal_body(body);
    EXPECT_TRUE(nlohmann::json::accept(RenderJob(job))) << body;
    EXPECT_FALSE(nlohmann::json::parse(RenderJob(job))["job"]["error"].contains("fal_error")) << body;
  }
}

}  // namespace
}  // namespace flux::gateway
