// Today's public JSON, row by row of seed.md.
#include "gateway/doors/flux/flux.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include "base/json.h"

namespace flux::gateway {
namespace {

using testing::HasSubstr;

std::string AsJson(const google::protobuf::Message& message) {
  std::string text;
  EXPECT_TRUE(google::protobuf::util::MessageToJsonString(message, &text).ok());
  return text;
}

std::string AsJson(const GenerationRequest& request) {
  return std::visit([](const auto& typed) { return AsJson(typed); }, request);
}

struct Good {
  const char* name;
  v1::ModelKind kind;
  const char* body;
  const char* request;  // proto JSON, without the model
};

class ParseFluxAccepts : public testing::TestWithParam<Good> {};

TEST_P(ParseFluxAccepts, AndTranslates) {
  const Result<GenerationRequest> request = ParseFlux(GetParam().kind, "m", GetParam().body);
  ASSERT_TRUE(request) << request.error().message;
  nlohmann::json expected = nlohmann::json::parse(GetParam().request);
  expected["model"] = "m";
  nlohmann::json got = nlohmann::json::parse(AsJson(*request));
  if (got["parameters"].empty()) got.erase("parameters");
  EXPECT_EQ(got, expected);
}

constexpr auto kText = v1::MODEL_KIND_TEXT_TO_IMAGE;
constexpr auto kImage = v1::MODEL_KIND_IMAGE_TO_IMAGE;
constexpr auto kInpaint = v1::MODEL_KIND_INPAINTING;
constexpr auto kEdit = v1::MODEL_KIND_EDIT;
constexpr auto kTransform = v1::MODEL_KIND_TRANSFORM;

INSTANTIATE_TEST_SUITE_P(
    Seed, ParseFluxAccepts,
    testing::Values(
        Good{"OnlyAPicture", kTransform, R"({"image_url":" https://x/a.png ","seed":"7","expand_top":8})",
             R"({"image":{"url":"https://x/a.png"},"parameters":{"seed":"7","extra":{"expand_top":8},
                 "warnOfUnknownExtra":true}})"},
        Good{"AClassOfPixels", kText, R"({"prompt":"x","resolution":" 2k ","safety_tolerance":0})",
             R"({"prompt":"x","parameters":{"resolution":"2k","safetyTolerance":"0"}})"},
        Good{"OnlyAPrompt", kText, R"({"prompt":"x"})", R"({"prompt":"x"})"},
        Good{
            "TheGuidesOwnRequest", kText,
            R"({"prompt":"A beautiful sunset over mountains","aspect_ratio":"16:9","guidance_scale":3.5,"num_images":1})",
            R"({"prompt":"A beautiful sunset over mountains","parameters":{"imageSize":{"aspectRatio":"16:9"},
                 "guidanceScale":3.5,"numImages":1}})"},
        Good{"SizeByName", kText, R"({"prompt":"x","aspect_ratio":"portrait_4_3"})",
             R"({"prompt":"x","parameters":{"imageSize":{"preset":"SIZE_PRESET_PORTRAIT_4_3"}}})"},
        Good{"SizeByPixels", kText, R"({"prompt":"x","image_size":{"width":640,"height":480}})",
             R"({"prompt":"x","parameters":{"imageSize":{"dimensions":{"width":640,"height":480}}}})"},
        Good{"NullsAndEmptySizeAreNotSet", kText,
             R"({"prompt":"x","aspect_ratio":"","seed":null,"guidance_scale":null,"num_images":null})",
             R"({"prompt":"x"})"},
        Good{"ZeroStepsAndImagesAreNotSet", kText, R"({"prompt":"x","num_inference_steps":0,"num_images":0})",
             R"({"prompt":"x"})"},
        Good{"ZeroGuidanceIsAValue", kText, R"({"prompt":"x","guidance_scale":0})",
             R"({"prompt":"x","parameters":{"guidanceScale":0}})"},
        Good{"WholeNumberAsFloat", kText, R"({"prompt":"x","num_inference_steps":4.0})",
             R"({"prompt":"x","parameters":{"numInferenceSteps":4}})"},
        Good{"LargestSeed", kText, R"({"prompt":"x","seed":18446744073709551615})",
             R"({"prompt":"x","parameters":{"seed":"18446744073709551615"}})"},
        Good{"SeedAsText", kText, R"({"prompt":"x","seed":"196619188014358660"})",
             R"({"prompt":"x","parameters":{"seed":"196619188014358660"}})"},
        Good{"SeedZero", kText, R"({"prompt":"x","seed":0})", R"({"prompt":"x","parameters":{"seed":"0"}})"},
        Good{"ToleranceAsText", kText, R"({"prompt":"x","safety_tolerance":"6"})",
             R"({"prompt":"x","parameters":{"safetyTolerance":"6"}})"},
        Good{"ToleranceAsNumber", kText, R"({"prompt":"x","safety_tolerance":2})",
             R"({"prompt":"x","parameters":{"safetyTolerance":"2"}})"},
        Good{
            "TheRest", kText,
            R"({"prompt":"x","enable_safety_checker":false,"output_format":"png","acceleration":"high","sync_mode":true})",
            R"({"prompt":"x","parameters":{"enableSafetyChecker":false,"outputFormat":"OUTPUT_FORMAT_PNG",
                 "acceleration":"ACCELERATION_HIGH","syncMode":true}})"},
        Good{"ImageToImage", kImage, R"({"prompt":"x","image_url":"https://a/b.png","strength":0.5})",
             R"({"prompt":"x","image":{"url":"https://a/b.png"},"strength":0.5})"},
        Good{
            "Inpainting", kInpaint,
            R"({"prompt":"x","image_url":"data:image/png;base64,AA==","mask_url":"https://a/m"})",
            R"({"prompt":"x","image":{"dataUri":"data:image/png;base64,AA=="},"mask":{"url":"https://a/m"}})"},
        Good{"Edit", kEdit, R"({"prompt":"x","image_urls":["https://a/b","data:image/png;base64,AA=="]})",
             R"({"prompt":"x","images":[{"url":"https://a/b"},{"dataUri":"data:image/png;base64,AA=="}]})"},
        Good{"EditOfOneImage", kEdit, R"({"prompt":"x","image_url":"https://a/b"})",
             R"({"prompt":"x","images":[{"url":"https://a/b"}]})"},
        Good{
            "WhateverElseSomeModelTakes", kText,
            R"({"prompt":"x","raw":true,"enhance_prompt":false,"image_prompt_strength":0.5,"negative_prompt":"y",
                "loras":[{"path":"https://a/l","scale":0.5},{"path":"b/l"}],"split_images":true,"fetch_images":true})",
            R"({"prompt":"x","parameters":{"raw":true,"enhancePrompt":false,"imagePromptStrength":0.5,
                "negativePrompt":"y","loras":[{"path":"https://a/l","scale":0.5},{"path":"b/l"}],
                "splitImages":true,"fetchImages":true}})"},
        Good{"SizeOfTheInput", kEdit, R"({"prompt":"x","image_size":"auto"})",
             R"({"prompt":"x","parameters":{"imageSize":{"preset":"SIZE_PRESET_AUTO"}}})"},
        Good{"OtherFieldsAreTheModelsOwn", kInpaint,
             R"({"nag_scale":3,"scheduler":"euler","controlnets":[{"a":{}}]})",
             R"({"parameters":{"extra":{"nag_scale":3,"scheduler":"euler","controlnets":[{"a":{}}]},
                "warnOfUnknownExtra":true}})"},
        Good{"NullIsNotSetForThoseToo", kInpaint, R"({"nag_scale":null})", R"({})"},
        Good{"MissingImageIsTheServicesToTell", kImage, R"({"prompt":"x"})", R"({"prompt":"x"})"}),
    [](const auto& row) { return row.param.name; });

TEST(ParseFlux, WhatIsNestedAsDeeplyAsAllowedReachesTheService) {
  for (const auto& [open, close] : {std::pair{"[", "]"}, std::pair{"{\"a\":", "}"}}) {
    const auto body = [&](int depth) {
      std::string text = "{\"zzz\":";
      for (int i = 0; i < depth; ++i) text += open;
      text += "1";
      for (int i = 0; i < depth; ++i) text += close;
      return text + "}";
    };
    const Result<GenerationRequest> deep = ParseFlux(kInpaint, "m", body(24));
    ASSERT_TRUE(deep) << open;
    v1::InpaintRequest read;
    EXPECT_TRUE(read.ParseFromString(std::get<v1::InpaintRequest>(*deep).SerializeAsString())) << open;
    // Deeper, it goes as a value of no kind, which matters only where some model knows the name.
    for (const int depth : {25, 33, 60}) {
      const Result<GenerationRequest> deeper = ParseFlux(kInpaint, "m", body(depth));
      ASSERT_TRUE(deeper) << open;
      const auto& extra = std::get<v1::InpaintRequest>(*deeper).parameters().extra().fields().at("zzz");
      EXPECT_EQ(extra.kind_case(), google::protobuf::Value::KIND_NOT_SET);
    }
  }
}

TEST(ParseFlux, UnknownNamesAreCutBetweenCharacters) {
  std::string name = "x";
  for (int i = 0; i < 40; ++i) name += "é";
  const Result<GenerationRequest> request = ParseFlux(kText, "m", "{\"" + name + "\":1}");
  ASSERT_TRUE(request);
  const auto& extra = std::get<v1::TextToImageRequest>(*request).parameters().extra().fields();
  EXPECT_TRUE(extra.begin()->first.ends_with("é…"));
}

struct Bad {
  const char* name;
  const char* body;
  Reason reason;
  const char* field;
  const char* message;
};

class ParseFluxRefuses : public testing::TestWithParam<Bad> {};

TEST_P(ParseFluxRefuses, ByName) {
  const Result<GenerationRequest> request = ParseFlux(kText, "m", GetParam().body);
  ASSERT_FALSE(request);
  EXPECT_EQ(RowOf(request.error().reason).name, RowOf(GetParam().reason).name);
  ASSERT_FALSE(request.error().violations.empty());
  EXPECT_EQ(request.error().violations[0].field, GetParam().field);
  EXPECT_THAT(request.error().violations[0].message, HasSubstr(GetParam().message));
}

constexpr auto kJson = Reason::kInvalidJson;
constexpr auto kField = Reason::kInvalidField;

INSTANTIATE_TEST_SUITE_P(
    Rows, ParseFluxRefuses,
    testing::Values(
        Bad{"NoBody", "", kJson, "", "empty"}, Bad{"Array", "[1]", kJson, "", "must be a JSON object"},
        Bad{"Scalar", "7", kJson, "", "must be a JSON object"},
        Bad{"Cut", R"({"prompt":)", kJson, "", "syntax error"},
        Bad{"LorasText", R"({"loras":"x"})", kField, "loras", "list of objects"},
        Bad{"LoraWithMore", R"({"loras":[{"path":"x","weight":1}]})", kField, "loras", "list of objects"},
        Bad{"LoraPathNumber", R"({"loras":[{"path":1}]})", kField, "loras", "list of objects"},
        Bad{"RawText", R"({"raw":"yes"})", kField, "raw", "true or false"},
        Bad{"NegativePromptNumber", R"({"negative_prompt":1})", kField, "negative_prompt",
            "must be a string"},
        Bad{"ImagesOnTextToImage", R"({"image_urls":["https://a/b"]})", kField, "image_urls", "not taken"},
        Bad{"ImagesText", R"({"image_urls":"https://a/b"})", kField, "image_urls", "list of strings"},
        Bad{"ImagesOfNumbers", R"({"image_urls":[1]})", kField, "image_urls", "list of strings"},
        Bad{"SeventeenImages", R"({"image_urls":["","","","","","","","","","","","","","","","",""]})",
            kField, "image_urls", "at most 16"},
        Bad{"PromptNumber", R"({"prompt":5})", kField, "prompt", "must be a string"},
        Bad{"PromptList", R"({"prompt":["x"]})", kField, "prompt", "must be a string"},
        Bad{"StepsHalf", R"({"num_inference_steps":4.5})", kField, "num_inference_steps", "whole number"},
        Bad{"StepsNegative", R"({"num_inference_steps":-1})", kField, "num_inference_steps", "whole number"},
        Bad{"StepsHuge", R"({"num_inference_steps":4294967296})", kField, "num_inference_steps",
            "whole number"},
        Bad{"StepsHugeFloat", R"({"num_inference_steps":1e300})", kField, "num_inference_steps",
            "whole number"},
        Bad{"SeedTooLarge", R"({"seed":18446744073709551616})", kField, "seed", "whole number"},
        Bad{"SeedTextTooLarge", R"({"seed":"18446744073709551616"})", kField, "seed", "whole number"},
        Bad{"SeedTextJunk", R"({"seed":"12x"})", kField, "seed", "whole number"},
        Bad{"SeedHalf", R"({"seed":1.5})", kField, "seed", "whole number"},
        Bad{"SizeWord", R"({"aspect_ratio":"wide"})", kField, "aspect_ratio", "must be a ratio"},
        Bad{"SizeNumber", R"({"image_size":16})", kField, "image_size", "must be a ratio"},
        Bad{"SizeWithMore", R"({"image_size":{"width":5,"height":5,"depth":5}})", kField, "image_size",
            "nothing else"},
        Bad{"SizeTwice", R"({"aspect_ratio":"1:1","image_size":"square"})", kField, "image_size", "together"},
        Bad{"Jpg", R"({"output_format":"jpg"})", kField, "output_format", "jpeg"},
        Bad{"Acceleration", R"({"acceleration":"max"})", kField, "acceleration", "regular"},
        Bad{"CheckerText", R"({"enable_safety_checker":"no"})", kField, "enable_safety_checker",
            "true or false"},
        Bad{"ImageOnTextToImage", R"({"image_url":"https://a/b"})", kField, "image_url", "not taken"},
        Bad{"MaskOnTextToImage", R"({"mask_url":"https://a/b"})", kField, "mask_url", "not taken"},
        Bad{"StrengthOnTextToImage", R"({"strength":0.5})", kField, "strength", "not taken"}),
    [](const auto& row) { return row.param.name; });

TEST(ParseFluxTest, OneImageOrSeveralButNotBoth) {
  const Result<GenerationRequest> request =
      ParseFlux(kEdit, "m", R"({"image_url":"https://a/b","image_urls":["https://a/c"]})");
  ASSERT_FALSE(request);
  EXPECT_THAT(request.error().message, HasSubstr("together with image_urls"));
}

TEST(ParseFluxTest, OnlySoManyFieldsMayBeAModelsOwn) {
  std::string body = "{\"a\":1";
  for (int i = 0; i < 63; ++i) body += ",\"x" + std::to_string(i) + "\":1";
  EXPECT_TRUE(ParseFlux(kText, "m", body + "}"));
  EXPECT_FALSE(ParseFlux(kText, "m", body + ",\"y\":1}"));
}

TEST(ParseFluxTest, TellsAllViolationsAtOnce) {
  const Result<GenerationRequest> request = ParseFlux(kText, "m", R"({"prompt":1,"seed":-2,"mask":"red"})");
  ASSERT_FALSE(request);
  EXPECT_EQ(request.error().violations.size(), 3u);
}

TEST(ParseFluxTest, ThousandUnknownFieldsAreToldShortly) {
  std::string body = "{\"a\":1";
  for (int i = 0; i < 1000; ++i) body += ",\"k" + std::to_string(i) + std::string(500, 'k') + "\":1";
  const Result<GenerationRequest> request = ParseFlux(kText, "m", body + "}");
  ASSERT_FALSE(request);
  EXPECT_EQ(request.error().violations.size(), 20u);
  EXPECT_LT(request.error().violations[1].field.size(), 80u);
}

TEST(RenderFluxTest, IsTodaysReply) {
  v1::Generation made;
  auto* image = made.add_images();
  image->set_url("https://v3.fal.media/a.png");
  image->set_width(1024);
  image->set_height(576);
  image->set_content_type("image/jpeg");
  made.set_seed(18446744073709551615ULL);
  made.set_prompt("say \"hi\"");
  EXPECT_EQ(
      RenderFlux(made, 1234),
      R"({"success":true,"data":{"images":[{"url":"https://v3.fal.media/a.png","width":1024,"height":576,)"
      R"("content_type":"image/jpeg"}],"seed":18446744073709551615,"has_nsfw_concepts":[false],)"
      R"("prompt":"say \"hi\""},"processing_time":1234})");
}

TEST(RenderFluxTest, BytesBecomeADataUriAndFlagsPairWithPictures) {
  v1::Generation made;
  for (const bool flagged : {false, true}) {
    auto* image = made.add_images();
    image->set_data("\x89PNG");
    image->set_content_type("image/png");
    image->set_nsfw(flagged);
  }
  const nlohmann::json reply = nlohmann::json::parse(RenderFlux(made, 0));
  EXPECT_EQ(reply["data"]["images"][1]["url"], "data:image/png;base64,iVBORw==");
  EXPECT_EQ(reply["data"]["has_nsfw_concepts"], nlohmann::json({false, true}));
  EXPECT_FALSE(reply["data"].contains("seed"));
}

TEST(RenderFluxTest, WarningsAreToldWhereThereAreAny) {
  v1::Generation made;
  made.add_images()->set_url("https://a/b");
  made.add_warnings("one \"picture\" is missing");
  made.add_warnings("two");
  const nlohmann::json reply = nlohmann::json::parse(RenderFlux(made, 0));
  EXPECT_EQ(reply["warnings"], nlohmann::json({"one \"picture\" is missing", "two"}));
}

TEST(RenderFluxTest, OddMediaTypeCannotBreakTheReply) {
  v1::Generation made;
  made.add_images()->set_data("x");
  made.mutable_images(0)->set_content_type("a\",\"b");
  EXPECT_TRUE(nlohmann::json::accept(RenderFlux(made, 0)));
}

TEST(RenameViolationsTest, SpeaksTheDialectsNames) {
  Status status = InvalidFields({{"image", "is required"},
                                 {"image_size.width", "is 0"},
                                 {"images[1]", "x"},
                                 {"seed", "y"},
                                 {"extra.nag_scale", "z"},
                                 {"imagery", "z"}});
  RenameViolations(status);
  EXPECT_EQ(status.violations[0].field, "image_url");
  EXPECT_EQ(status.violations[1].field, "aspect_ratio.width");
  EXPECT_EQ(status.violations[2].field, "image_urls[1]");
  EXPECT_EQ(status.violations[4].field, "nag_scale");
  EXPECT_EQ(status.violations[5].field, "imagery");
  EXPECT_EQ(status.violations[3].field, "seed");
  EXPECT_THAT(status.message, HasSubstr("image_url is required"));
}

}  // namespace
}  // namespace flux::gateway
