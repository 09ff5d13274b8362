// The five original routes with what each needs: every one ends in a real picture of the size that was asked
// for.
#include <gtest/gtest.h>

#include "sim/pictures/codec.h"
#include "tests/e2e/stack.h"

namespace flux::e2e {
namespace {

using nlohmann::json;

class PicturesTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { stack_ = std::make_unique<Stack>(); }
  static void TearDownTestSuite() { stack_.reset(); }

  // The bytes behind a URL of the simulator, or in a data URI.
  static std::string Fetch(const std::string& url) {
    const auto path = url.find('/', std::string("http://").size());
    return stack_->Get(stack_->fal_address(), url.substr(path)).body;
  }

  static void ExpectPicture(const Answer& answer, unsigned width, unsigned height) {
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.json["success"], true);
    EXPECT_TRUE(answer.json["processing_time"].is_number_integer());
    const json& image = answer.json["data"]["images"][0];
    EXPECT_EQ(image["width"], width);
    EXPECT_EQ(image["height"], height);
    const std::string bytes = Fetch(image["url"]);
    EXPECT_EQ(sim::SniffType(bytes), image["content_type"].get<std::string>());
    const auto size = sim::ReadSize(bytes);
    ASSERT_TRUE(size);
    EXPECT_EQ(size->width, width);
    EXPECT_EQ(size->height, height);
  }

  static std::string PictureUrl() {
    return stack_->Draw("a picture to start from").json["data"]["images"][0]["url"];
  }

  static std::unique_ptr<Stack> stack_;
};

std::unique_ptr<Stack> PicturesTest::stack_;

TEST_F(PicturesTest, TheGuidesAcceptanceRequest) {
  const Answer answer = stack_->Post(
      "/api/v1/flux/text-to-image/pro",
      R"({"prompt":"A beautiful sunset over mountains","aspect_ratio":"16:9","guidance_scale":3.5,"num_images":1})");
  ExpectPicture(answer, 1024, 576);
  EXPECT_EQ(answer.json["data"]["prompt"], "A beautiful sunset over mountains");
  EXPECT_EQ(answer.json["data"]["has_nsfw_concepts"], json({false}));
  EXPECT_EQ(answer.Header("X-Proxy-Target"), "FAL.AI");
  EXPECT_FALSE(answer.Header("x-fal-request-id").empty());
  EXPECT_EQ(stack_->LastRequest()["endpoint"], "fal-ai/flux-pro");
}

TEST_F(PicturesTest, Dev) {
  ExpectPicture(stack_->Draw("a lighthouse"), 1024, 768);
}

TEST_F(PicturesTest, SchnellWithItsOwnDefaults) {
  ExpectPicture(
      stack_->Post("/api/v1/flux/text-to-image/schnell", R"({"prompt":"a fox","aspect_ratio":"1:1"})"), 1024,
      1024);
  EXPECT_FALSE(stack_->LastRequest()["body"].contains("num_inference_steps"));
}

TEST_F(PicturesTest, ImageToImageFollowsItsInput) {
  const Answer answer =
      stack_->Post("/api/v1/flux/image-to-image",
                   json{{"prompt", "in winter"}, {"image_url", PictureUrl()}, {"strength", 0.8}}.dump());
  ExpectPicture(answer, 1024, 768);
  EXPECT_EQ(stack_->LastRequest()["body"]["strength"], 0.8);
}

TEST_F(PicturesTest, InpaintingGoesToTheAppThatExists) {
  const std::string picture = PictureUrl();
  ExpectPicture(
      stack_->Post("/api/v1/flux/inpainting",
                   json{{"prompt", "a red door"}, {"image_url", picture}, {"mask_url", picture}}.dump()),
      1024, 768);
  EXPECT_EQ(stack_->LastRequest()["endpoint"], "fal-ai/flux-lora/inpainting");
}

TEST_F(PicturesTest, PicturesInTheReplyItself) {
  const Answer answer =
      stack_->Post("/api/v1/flux/text-to-image/dev",
                   R"({"prompt":"x","sync_mode":true,"output_format":"png","image_size":"square"})");
  ASSERT_EQ(answer.status, 200) << answer.body;
  const std::string url = answer.json["data"]["images"][0]["url"];
  EXPECT_TRUE(url.starts_with("data:image/png;base64,iVBORw0KGgo")) << url.substr(0, 60);
}

TEST_F(PicturesTest, PictureHandedInAsDataUri) {
  const std::string inlined =
      stack_
          ->Post("/api/v1/flux/text-to-image/dev", R"({"prompt":"x","sync_mode":true,"image_size":"square"})")
          .json["data"]["images"][0]["url"];
  ExpectPicture(
      stack_->Post("/api/v1/flux/image-to-image", json{{"prompt", "y"}, {"image_url", inlined}}.dump()), 512,
      512);
}

TEST_F(PicturesTest, SameSeedSamePictureAndNoDigitIsLost) {
  const std::string body = R"({"prompt":"x","seed":18446744073709551615,"image_size":"square"})";
  const Answer one = stack_->Post("/api/v1/flux/text-to-image/dev", body);
  const Answer two = stack_->Post("/api/v1/flux/text-to-image/dev", body);
  EXPECT_EQ(one.json["data"]["seed"], 18446744073709551615ULL);
  EXPECT_EQ(Fetch(one.json["data"]["images"][0]["url"]), Fetch(two.json["data"]["images"][0]["url"]));
  EXPECT_EQ(stack_->LastRequest()["body"]["seed"], 18446744073709551615ULL);
}

TEST_F(PicturesTest, FourPictures) {
  const Answer answer = stack_->Post("/api/v1/flux/text-to-image/dev", R"({"prompt":"x","num_images":4})");
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.json["data"]["images"].size(), 4u);
  EXPECT_EQ(answer.json["data"]["has_nsfw_concepts"].size(), 4u);
}

TEST_F(PicturesTest, FlaggedPictureIsVisibleAsSuch) {
  const Answer answer = stack_->Draw("sim:nsfw");
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.json["data"]["has_nsfw_concepts"], json({true}));
}

TEST_F(PicturesTest, ToleranceSixSwitchesTheCheckerOffOnlyWhereThereIsOne) {
  stack_->Post("/api/v1/flux/text-to-image/dev", R"({"prompt":"x","safety_tolerance":"6"})");
  EXPECT_EQ(stack_->LastRequest()["body"]["enable_safety_checker"], false);
  EXPECT_FALSE(stack_->LastRequest()["body"].contains("safety_tolerance"));
  stack_->Post("/api/v1/flux/text-to-image/pro", R"({"prompt":"x","safety_tolerance":"6"})");
  EXPECT_EQ(stack_->LastRequest()["body"]["safety_tolerance"], "6");
  EXPECT_FALSE(stack_->LastRequest()["body"].contains("enable_safety_checker"));
}

}  // namespace
}  // namespace flux::e2e
