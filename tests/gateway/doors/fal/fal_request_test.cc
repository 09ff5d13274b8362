// fal's JSON for every model of the catalogue, and what is said of it where it is wrong.
#include "gateway/doors/fal/fal_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/catalogue/catalogue.h"
#include "service/rpc/model_proto.h"

namespace flux::gateway {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class FalRequestTest : public testing::Test {
 protected:
  std::span<const v1::Model> ModelsOf(const std::string& app) {
    models_.clear();
    for (const service::ModelRow& row : catalogue_.rows()) {
      if (row.fal_endpoint == app) models_.push_back(service::ToProto(row));
    }
    EXPECT_FALSE(models_.empty()) << app;
    return models_;
  }
  Result<GenerationRequest> Read(const std::string& app, const std::string& body) {
    return FalRequest(ModelsOf(app)).Read(body, UnknownFields::kWarn);
  }
  // Each as "field: message".
  std::vector<std::string> Wrong(const std::string& app, const std::string& body) {
    const Result<GenerationRequest> read = Read(app, body);
    EXPECT_FALSE(read) << body;
    std::vector<std::string> wrong;
    if (read) return wrong;
    for (const Violation& one : read.error().violations) wrong.push_back(one.field + ": " + one.message);
    return wrong;
  }

  const service::Catalogue catalogue_ = service::Catalogue::BuiltIn();
  std::vector<v1::Model> models_;
};

TEST_F(FalRequestTest, ReadsFalsFields) {
  const auto read = Read("fal-ai/flux/dev",
                         R"({"prompt":"x","seed":9007199254740993,"image_size":{"width":640,"height":480},
                            "num_inference_steps":20,"enable_safety_checker":false})");
  ASSERT_TRUE(read) << read.error().message;
  const auto& request = std::get<v1::TextToImageRequest>(*read);
  EXPECT_EQ(request.model(), "text-to-image/dev");
  EXPECT_EQ(request.parameters().seed(), 9007199254740993ULL);
  EXPECT_EQ(request.parameters().image_size().dimensions().width(), 640u);
  EXPECT_FALSE(request.parameters().enable_safety_checker());
  EXPECT_TRUE(request.parameters().has_enable_safety_checker());
}

TEST_F(FalRequestTest, OfTwoModelsItIsTheOneThatTakesWhatIsGiven) {
  const std::string app = "fal-ai/flux-pro/v1.1-ultra";
  const auto plain = Read(app, R"({"prompt":"x","image_url":null})");
  ASSERT_TRUE(plain) << plain.error().message;
  EXPECT_EQ(std::get<v1::TextToImageRequest>(*plain).model(), "text-to-image/pro-v1.1-ultra");
  const auto pictured = Read(app, R"({"prompt":"x","image_url":"https://a.example/a.png"})");
  ASSERT_TRUE(pictured) << pictured.error().message;
  EXPECT_EQ(std::get<v1::ImageToImageRequest>(*pictured).model(), "image-to-image/pro-v1.1-ultra");
}

TEST_F(FalRequestTest, ReadsPicturesUnderTheNamesOfTheApp) {
  const auto worn = Read("fal-ai/flux-pro/v1/vto",
                         R"({"prompt":"x","human_image_url":"https://a.example/h.png",
                            "garment_image_url":"https://a.example/g.png"})");
  ASSERT_TRUE(worn) << worn.error().message;
  const auto& request = std::get<v1::ImageToImageRequest>(*worn);
  EXPECT_EQ(request.image().url(), "https://a.example/h.png");
  EXPECT_EQ(request.parameters().extra().fields().at("garment_image_url").string_value(),
            "https://a.example/g.png");
  const std::string angles = "fal-ai/flux-2-lora-gallery/multiple-angles";
  const auto turned = Read(angles, R"({"image_urls":["https://a.example/a.png"],"zoom":2})");
  ASSERT_TRUE(turned) << turned.error().message;
  EXPECT_EQ(std::get<v1::TransformRequest>(*turned).image().url(), "https://a.example/a.png");
  EXPECT_FALSE(Read(angles, R"({"image_urls":["https://a.example/a.png","https://a.example/b.png"]})"));
}

TEST_F(FalRequestTest, ReadsAToleranceThatIsANumber) {
  const auto read = Read("blackforestlabs/flux-3/edit-image",
                         R"({"prompt":"x","image_urls":["https://a.example/a.png"],"safety_tolerance":0,
                            "resolution":"4k","aspect_ratio":"auto","enable_prompt_expansion":true})");
  ASSERT_TRUE(read) << read.error().message;
  const auto& request = std::get<v1::EditImageRequest>(*read);
  EXPECT_EQ(request.model(), "edit/flux-3");
  EXPECT_EQ(request.parameters().safety_tolerance(), "0");
  EXPECT_EQ(request.parameters().resolution(), "4k");
  EXPECT_EQ(request.parameters().image_size().preset(), v1::SIZE_PRESET_AUTO);
  EXPECT_TRUE(request.parameters().enhance_prompt());
}

TEST_F(FalRequestTest, ReadsWhatFalCallsOtherwise) {
  const auto expanded = Read("fal-ai/flux-2", R"({"prompt":"x","enable_prompt_expansion":true})");
  ASSERT_TRUE(expanded) << expanded.error().message;
  EXPECT_TRUE(std::get<v1::TextToImageRequest>(*expanded).parameters().enhance_prompt());
  const auto mode = Read("fal-ai/flux-kontext/dev",
                         R"({"prompt":"x","image_url":"https://a.b/c","resolution_mode":"16:9"})");
  ASSERT_TRUE(mode) << mode.error().message;
  EXPECT_EQ(std::get<v1::EditImageRequest>(*mode).parameters().image_size().aspect_ratio(), "16:9");
}

TEST_F(FalRequestTest, ATolerancesIsOnlyWhereTheAppHasOne) {
  EXPECT_THAT(Wrong("fal-ai/flux/dev", R"({"prompt":"x","safety_tolerance":"6"})"),
              ElementsAre("safety_tolerance: Extra inputs are not permitted"));
  const auto taken = Read("fal-ai/flux-pro/v1.1", R"({"prompt":"x","safety_tolerance":"6"})");
  ASSERT_TRUE(taken);
  EXPECT_EQ(std::get<v1::TextToImageRequest>(*taken).parameters().safety_tolerance(), "6");
  EXPECT_TRUE(Read("fal-ai/flux/dev", R"({"prompt":"x","safety_tolerance":null})"));
}

TEST_F(FalRequestTest, SaysWhatIsWrongInFalsNames) {
  EXPECT_THAT(Wrong("fal-ai/flux-2", R"({"prompt":7,"enable_prompt_expansion":"perhaps"})"),
              ElementsAre("enable_prompt_expansion: Input should be a valid boolean",
                          "prompt: Input should be a valid string"));
  EXPECT_THAT(
      Wrong("fal-ai/flux-2", R"({"prompt":"x","enable_prompt_expansion":true,"enhance_prompt":true})"),
      ElementsAre(HasSubstr("together with its other name")));
  const auto broken = Read("fal-ai/flux/dev", "{");
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().reason, Reason::kInvalidJson);
  EXPECT_EQ(Read("fal-ai/flux/dev", "[]").error().reason, Reason::kInvalidJson);
}

TEST_F(FalRequestTest, SaysWhatTheServiceRefusesInFalsWords) {
  FalRequest request(ModelsOf("fal-ai/flux-kontext/dev"));
  ASSERT_TRUE(
      request.Read(R"({"prompt":"x","image_url":"ftp://a","num_inference_steps":99,"guidance_scale":0.5,
                              "resolution_mode":"7:1"})",
                   UnknownFields::kWarn));
  Status status = InvalidFields({{"prompt", "is required by edit/kontext-dev"},
                                 {"num_inference_steps", "is 99, but edit/kontext-dev takes 10 to 50"},
                                 {"guidance_scale", "is 0.5, but edit/kontext-dev takes 1 to 20"},
                                 {"images[0].url", "must be an absolute http or https URL"},
                                 {"image_size.aspect_ratio", "must be a ratio that edit/kontext-dev takes"},
                                 {"strength", "is not taken by edit/kontext-dev; it takes: prompt"}});
  request.Reword(status);
  std::vector<std::string> said;
  for (const Violation& one : status.violations) said.push_back(one.field + ": " + one.message);
  EXPECT_EQ(said[0], "prompt: Field required");
  EXPECT_EQ(said[1], "num_inference_steps: Input should be less than or equal to 50");
  EXPECT_THAT(said[2], HasSubstr("guidance_scale: Input should be greater than or equal to "));
  EXPECT_EQ(said[3], "image_url: must be an absolute http or https URL");
  EXPECT_THAT(said[4], HasSubstr("resolution_mode"));
  EXPECT_THAT(said[5], HasSubstr("strength: Extra inputs are not permitted"));
  EXPECT_THAT(status.message, HasSubstr("Field required"));
}

// Every name that fal has for something is read, and none of ours stands in its way.
TEST_F(FalRequestTest, EveryFieldOfEveryModelIsKnown) {
  for (const service::ModelRow& row : catalogue_.rows()) {
    const v1::Model model = service::ToProto(row);
    for (const service::FieldRule& rule : row.rules) {
      if (rule.fal_name.empty()) continue;
      nlohmann::json body{{rule.fal_name, nlohmann::json::object({{"no", "such"}})}};
      const auto read = FalRequest(std::span(&model, 1)).Read(body.dump(), UnknownFields::kWarn);
      if (read) continue;  // the service's to judge
      EXPECT_EQ(read.error().violations.size(), 1u);
      EXPECT_EQ(read.error().violations.front().field, rule.fal_name) << row.name;
    }
  }
}

}  // namespace
}  // namespace flux::gateway
