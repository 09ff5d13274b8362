// The message, and its signature as https://github.com/standard-webhooks has it.
#include "service/jobs/webhook_message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/base64.h"

namespace flux::service {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::json;

v1::Job Made() {
  v1::Job job;
  job.set_id("0123456789abcdef0123456789abcdef");
  job.set_state(v1::JOB_STATE_SUCCEEDED);
  job.set_model("text-to-image/dev");
  job.set_billed(v1::BILLED_YES);
  job.mutable_created_at()->set_seconds(1'700'000'000);
  job.mutable_ended_at()->set_seconds(1'700'000'003);
  v1::Generation& made = *job.mutable_generation();
  made.set_seed(7);
  made.set_prompt("a \"lighthouse\"");
  v1::GeneratedImage& image = *made.add_images();
  image.set_url("https://v3.fal.media/a.png");
  image.set_width(1024);
  image.set_height(768);
  image.set_content_type("image/png");
  return job;
}

// The example of the specification's own library.
TEST(WebhookMessageTest, IsSignedAsTheSpecificationSays) {
  std::string secret;
  ASSERT_TRUE(AppendFromBase64("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", secret));
  EXPECT_EQ(WebhookSignature({secret}, "msg_p5jXN8AQM9LWM0D4loKWxJek", WallTime(1'614'265'330s),
                             R"({"test": 2432232314})"),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST(WebhookMessageTest, EverySecretSigns) {
  const std::string both = WebhookSignature({"a", "b"}, "msg_1", WallTime(1s), "{}");
  EXPECT_EQ(both, WebhookSignature({"a"}, "msg_1", WallTime(1s), "{}") + " " +
                      WebhookSignature({"b"}, "msg_1", WallTime(1s), "{}"));
}

TEST(WebhookMessageTest, TellsTheJobAsItsPageDoes) {
  const Json body = Json::parse(WebhookBody(Made(), WallTime(1'700'000'003s)));
  EXPECT_EQ(body["type"], "job.succeeded");
  EXPECT_EQ(body["timestamp"], "2023-11-14T22:13:23.000Z");
  EXPECT_EQ(body["data"]["success"], true);
  EXPECT_EQ(body["data"]["job"]["state"], "succeeded");
  EXPECT_EQ(body["data"]["job"]["created_at"], "2023-11-14T22:13:20.000Z");
  EXPECT_EQ(body["data"]["job"]["billed"], "yes");
  const Json& picture = body["data"]["data"]["images"][0];
  EXPECT_EQ(picture["url"], "https://v3.fal.media/a.png");
  EXPECT_EQ(picture["width"], 1024);
  EXPECT_EQ(body["data"]["data"]["seed"], 7);
  EXPECT_EQ(body["data"]["data"]["prompt"], "a \"lighthouse\"");
  EXPECT_FALSE(body["data"].contains("warnings"));
}

TEST(WebhookMessageTest, TellsWhyThereIsNone) {
  v1::Job job = Made();
  job.clear_generation();
  job.set_state(v1::JOB_STATE_FAILED);
  job.set_billed(v1::BILLED_MAYBE);
  job.mutable_error()->set_reason("CONTENT_POLICY");
  job.mutable_error()->set_message("no \xff");
  job.mutable_error()->set_billed(v1::BILLED_MAYBE);
  job.mutable_error()->set_fal_body(R"({"detail":"x"})");
  const Json body = Json::parse(WebhookBody(job, WallTime(0s)));
  EXPECT_EQ(body["type"], "job.failed");
  EXPECT_EQ(body["data"]["job"]["error"]["code"], "CONTENT_POLICY");
  EXPECT_EQ(body["data"]["job"]["error"]["fal_error"]["detail"], "x");
  EXPECT_EQ(body["data"]["job"]["error"]["billed"], "maybe");
  EXPECT_FALSE(body["data"].contains("data"));
  EXPECT_FALSE(HasAllPictures(job));
}

TEST(WebhookMessageTest, LargePicturesAreLeftToTheJob) {
  v1::Job job = Made();
  job.mutable_generation()->mutable_images(0)->set_data("PNG");
  Json body = Json::parse(WebhookBody(job, WallTime(0s)));
  EXPECT_EQ(body["data"]["data"]["images"][0]["url"], "data:image/png;base64,UE5H");
  EXPECT_TRUE(HasAllPictures(job));

  job.mutable_generation()->mutable_images(0)->set_data(std::string(kMostWebhookPictures + 1, 'x'));
  const std::string text = WebhookBody(job, WallTime(0s));
  EXPECT_LT(text.size(), 2'000u);
  body = Json::parse(text);
  EXPECT_EQ(body["data"]["data"]["images"][0]["url"], "");
  EXPECT_EQ(body["data"]["warnings"].size(), 1u);
  EXPECT_FALSE(HasAllPictures(job));
}

TEST(WebhookMessageTest, ItsIdIsTheSameForEveryAttempt) {
  EXPECT_EQ(WebhookId("0123"), "msg_0123");
  EXPECT_EQ(WebhookTimestamp(WallTime(1'700'000'003'999ms)), "1700000003");
}

}  // namespace
}  // namespace flux::service
