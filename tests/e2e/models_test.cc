// Makes a picture with every model through all three programs. The catalogue meets a simulator that was
// written without it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <thread>

#include "base/base64.h"
#include "tests/e2e/stack.h"
#include "tests/fakes/pictures.h"

namespace flux::e2e {
namespace {

using testing::HasSubstr;

std::string Uri(std::uint32_t width, std::uint32_t height) {
  std::string uri = "data:image/png;base64,";
  AppendBase64(fakes::MakePng(width, height), uri);
  return uri;
}

// As large as FLUX 3 wants its pictures.
const std::string kPng = Uri(256, 256);

class ModelsTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { stack_ = new Stack(); }
  static void TearDownTestSuite() {
    delete stack_;
    stack_ = nullptr;
  }

  static nlohmann::json Models() {
    return stack_->Get(stack_->public_address(), "/api/v1/models").json.at("models");
  }

  // A value that this parameter allows, for a required one.
  static nlohmann::json Value(const nlohmann::json& parameter) {
    const std::string type = parameter.at("type");
    if (type == "image" || parameter.at("name").get<std::string>().ends_with("image_url")) return kPng;
    if (type == "number") return parameter.at("maximum");
    if (type == "images") return nlohmann::json::array({kPng});
    if (type == "string") return "a lighthouse";
    ADD_FAILURE() << "no value for " << parameter;
    return nullptr;
  }

  static nlohmann::json Minimal(const nlohmann::json& model) {
    nlohmann::json request = nlohmann::json::object();
    for (const nlohmann::json& parameter : model.at("parameters")) {
      if (parameter.at("required") == true)
        request[parameter.at("name").get<std::string>()] = Value(parameter);
    }
    return request;
  }

  // As small as the model makes it, so that many are made soon.
  static nlohmann::json Small(const nlohmann::json& model) {
    nlohmann::json request = Minimal(model);
    for (const nlohmann::json& parameter : model.at("parameters")) {
      if (parameter.at("name") == "resolution") request["resolution"] = "512sq";
      if (parameter.at("name") == "aspect_ratio" && parameter.contains("minimum")) {
        request["aspect_ratio"] = "square";
      }
    }
    return request;
  }

  // The service's own price of what is then bought, and what fal billed of it.
  static std::string Estimated(const std::string& model, const nlohmann::json& request) {
    const Answer answer = stack_->Post("/api/v1/estimate/" + model, request.dump());
    EXPECT_EQ(answer.status, 200) << answer.body;
    return answer.json["price"]["usd"].dump();
  }

  static Stack* stack_;
};

Stack* ModelsTest::stack_ = nullptr;

TEST_F(ModelsTest, EachMakesAPictureFromTheLeastThatItNeeds) {
  const nlohmann::json models = Models();
  ASSERT_GE(models.size(), 105u);
  for (const nlohmann::json& model : models) {
    const Answer answer = stack_->Post(model.at("endpoint"), Minimal(model).dump());
    EXPECT_EQ(answer.status, 200) << model.at("name") << answer.body.substr(0, 500);
    EXPECT_NE(answer.Header("x-cost-usd"), "") << model.at("name");
    EXPECT_EQ(stack_->LastRequest()["endpoint"], model.at("fal_endpoint"));
  }
}

// fal's own defaults stand for what is not sent; what is sent must be allowed there too.
TEST_F(ModelsTest, EachTakesItsOwnLimits) {
  for (const nlohmann::json& model : Models()) {
    for (const nlohmann::json& parameter : model.at("parameters")) {
      const std::string name = parameter.at("name");
      const std::string type = parameter.at("type");
      if (type != "integer" && type != "number") continue;
      if (name == "num_images" || name == "seed") continue;  // dear, and without a limit
      for (const char* edge : {"minimum", "maximum"}) {
        if (!parameter.contains(edge)) continue;
        nlohmann::json request = Small(model);
        request[name] = parameter.at(edge);
        // A count of 0 means "not set" (seed.md).
        if (type == "integer") request[name] = static_cast<int>(parameter.at(edge).get<double>());
        const Answer answer = stack_->Post(model.at("endpoint"), request.dump());
        EXPECT_EQ(answer.status, 200)
            << model.at("name") << ' ' << name << ' ' << edge << answer.body.substr(0, 300);
      }
    }
  }
}

TEST_F(ModelsTest, AFlux3EditTakesTenPicturesInTheirOrder) {
  nlohmann::json pictures = nlohmann::json::array();
  for (std::uint32_t i = 0; i < 10; ++i) pictures.push_back(Uri(256 + i, 300));
  const nlohmann::json request{{"prompt", "put image 2 beside image 10"},
                               {"image_urls", pictures},
                               {"resolution", "512sq"},
                               {"aspect_ratio", "2:1"},
                               {"safety_tolerance", 0}};
  const Answer answer = stack_->Post("/api/v1/flux/edit/flux-3", request.dump());
  ASSERT_EQ(answer.status, 200) << answer.body.substr(0, 500);
  EXPECT_EQ(answer.json["data"]["images"][0]["width"], 720);
  EXPECT_FALSE(answer.json["data"].contains("seed"));
  const nlohmann::json sent = stack_->LastRequest()["body"];
  EXPECT_EQ(sent["image_urls"], pictures);
  EXPECT_EQ(sent["safety_tolerance"], 0);
  EXPECT_TRUE(sent["safety_tolerance"].is_number_integer());
  EXPECT_FALSE(sent.contains("seed"));
  EXPECT_EQ(answer.Header("x-cost-usd"), "0.041") << "whatever the number of references";
}

TEST_F(ModelsTest, WrongInputIsRefusedByNameAndNothingIsSent) {
  struct Row {
    const char* model;
    nlohmann::json more;
    const char* field;
    const char* says;
  };
  const std::size_t before = stack_->Billed();
  const nlohmann::json tiny = nlohmann::json::array({kPng, Uri(255, 256)});
  const nlohmann::json huge = nlohmann::json::array({Uri(2049, 2048)});
  const nlohmann::json eleven(11, kPng);
  const nlohmann::json loras(4, {{"path", "https://example.com/a.safetensors"}});
  const std::vector<Row> rows{
      {"text-to-image/flux-3", {{"resolution", "8k"}}, "resolution", "512sq"},
      {"text-to-image/flux-3", {{"resolution", 2}}, "resolution", "string"},
      {"text-to-image/flux-3", {{"aspect_ratio", "9:21"}}, "aspect_ratio", "1:2"},
      {"text-to-image/flux-3", {{"image_size", {{"width", 512}}}}, "aspect_ratio", "exact size"},
      {"text-to-image/flux-3", {{"safety_tolerance", 5}}, "safety_tolerance", "\"4\""},
      {"text-to-image/flux-3", {{"safety_tolerance", -1}}, "safety_tolerance", "\"0\""},
      {"text-to-image/flux-3", {{"safety_tolerance", "strict"}}, "safety_tolerance", "\"0\""},
      {"text-to-image/flux-3", {{"seed", 1}}, "seed", "not taken"},
      {"text-to-image/flux-3", {{"enable_safety_checker", false}}, "enable_safety_checker", "not taken"},
      {"text-to-image/flux-3", {{"output_format", "webp"}}, "output_format", "png"},
      {"text-to-image/flux-3", {{"num_images", 2}}, "num_images", "split_images"},
      {"text-to-image/dev", {{"resolution", "1k"}}, "resolution", "not taken"},
      {"edit/flux-3", {{"image_urls", eleven}}, "image_urls", "10"},
      {"edit/flux-3", {{"image_urls", tiny}}, "image_urls[1]", "256"},
      {"edit/flux-3", {{"image_urls", huge}}, "image_urls[0]", "4 megapixels"},
      {"edit/flux-3", {{"mask_url", kPng}}, "mask_url", "not taken"},
      {"text-to-image/flux-2-lora", {{"loras", loras}}, "loras", "1 to 3"},
      {"text-to-image/lora", nlohmann::json::parse(R"({"loras":[{"path":""}]})"), "loras[0].path",
       "required"},
      {"text-to-image/control-lora-canny",
       {{"control_lora_image_url", nullptr}},
       "control_lora_image_url",
       "required"},
      {"text-to-image/control-lora-canny",
       {{"control_lora_image_url", "ftp://x/y"}},
       "control_lora_image_url",
       "http"},
      {"text-to-image/control-lora-depth",
       {{"preprocess_depth", "perhaps"}},
       "preprocess_depth",
       "true or false"},
      {"text-to-image/general", {{"num_images", 11}}, "num_images", "1 to 10"},
      {"text-to-image/pulid", {{"max_sequence_length", 128}}, "max_sequence_length", "string"},
      {"text-to-image/pulid", {{"start_step", 1.5}}, "start_step", "whole number"},
      {"text-to-image/pro-v1.1-ultra-finetuned", {{"finetune_strength", 3}}, "finetune_strength", "0 to 2"},
      {"image-to-image/pro-vto",
       {{"garment_image_url", Uri(1025, 1024)}},
       "garment_image_url",
       "1 megapixel"},
      {"inpainting/pro-erase", {{"dilate_pixels", 26}}, "dilate_pixels", "0 to 25"},
      {"inpainting/pro-erase", {{"prompt", "a hat"}}, "prompt", "not taken"},
      {"transform/flux-2-pro-outpaint", {{"expand_top", 2049}}, "expand_top", "0 to 2048"},
      {"transform/flux-2-pro-outpaint", {{"expand_top", 2000}, {"expand_bottom", 2000}}, "image_url", "2560"},
      {"transform/flux-2-pro-outpaint", {{"mode", "slow"}}, "mode", "fast"},
      {"transform/flux-2-pro-outpaint", {{"prompt", "a hat"}}, "prompt", "not taken"},
      {"transform/vision-upscaler", {{"upscale_factor", 5}}, "upscale_factor", "1 to 4"},
      {"transform/vision-upscaler", {{"image_url", nullptr}}, "image_url", "required"},
      {"transform/vision-upscaler", {{"image_urls", tiny}}, "image_urls", "not taken"},
      {"transform/vision-upscaler", {{"mask_url", kPng}}, "mask_url", "not taken"},
      {"transform/flux-2-multiple-angles", {{"vertical_angle", 61}}, "vertical_angle", "0 to 60"},
  };
  const nlohmann::json models = Models();
  for (const Row& row : rows) {
    const auto model =
        std::ranges::find_if(models, [&row](const auto& one) { return one["name"] == row.model; });
    ASSERT_NE(model, models.end()) << row.model;
    nlohmann::json request = Minimal(*model);
    request.update(row.more);
    const Answer answer = stack_->Post((*model)["endpoint"], request.dump());
    EXPECT_EQ(answer.status, 422) << row.model << row.field << answer.body.substr(0, 300);
    EXPECT_EQ(answer.json["field"], row.field) << row.model << answer.body.substr(0, 500);
    EXPECT_THAT(answer.json["violations"][0]["message"].get<std::string>(), HasSubstr(row.says)) << row.model;
  }
  EXPECT_EQ(stack_->Billed(), before);
}

// What is told before, and what fal then bills, from the real sizes of pictures.
TEST_F(ModelsTest, PicturesCountAsLargeAsTheyAre) {
  const std::string four = Uri(2048, 2048);
  struct Row {
    const char* model;
    nlohmann::json request;
    const char* usd;
  };
  const std::vector<Row> rows{
      {"edit/flux-2",
       {{"prompt", "x"}, {"image_urls", {Uri(512, 512)}}, {"image_size", "square_hd"}},
       "0.024"},
      {"edit/flux-2-klein-9b",
       {{"prompt", "x"}, {"image_urls", {kPng}}, {"image_size", "square_hd"}},
       "0.022"},
      {"edit/flux-2-pro", {{"prompt", "x"}, {"image_urls", {four}}, {"image_size", "square_hd"}}, "0.09"},
      {"inpainting/general", {{"prompt", "x"}, {"image_url", kPng}, {"mask_url", kPng}}, "0.075"},
      {"inpainting/pro-erase", {{"image_url", kPng}, {"mask_url", kPng}}, "0.042"},
      {"transform/flux-2-pro-outpaint",
       {{"image_url", Uri(512, 512)}, {"expand_left", 512}, {"expand_top", 512}},
       "0.03"},
      {"transform/flux-2-pro-outpaint", {{"image_url", Uri(2048, 1024)}, {"expand_top", 8}}, "0.075"},
      {"transform/vision-upscaler", {{"image_url", Uri(512, 512)}, {"upscale_factor", 3}}, "0.3"},
      {"image-to-image/pro-vto",
       {{"prompt", "x"}, {"image_url", kPng}, {"garment_image_url", kPng}},
       "0.0475"},
      {"image-to-image", {{"prompt", "x"}, {"image_url", Uri(1024, 1025)}}, "0.06"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(Estimated(row.model, row.request), row.usd) << row.model;
    const Answer answer = stack_->Post(std::string("/api/v1/flux/") + row.model, row.request.dump());
    EXPECT_EQ(answer.status, 200) << row.model << answer.body.substr(0, 300);
    EXPECT_EQ(answer.Header("x-cost-usd"), row.usd) << row.model;
  }
}

TEST_F(ModelsTest, AModelThatFalNoLongerListsSaysSo) {
  const Answer answer = stack_->Post("/api/v1/flux/text-to-image/pro", R"({"prompt":"x"})");
  ASSERT_EQ(answer.status, 200);
  EXPECT_THAT(answer.json["warnings"].dump(), HasSubstr("no longer lists fal-ai/flux-pro"));
  std::vector<std::string> deprecated;
  for (const nlohmann::json& model : Models()) {
    EXPECT_TRUE(model.at("confirmed").is_boolean());
    EXPECT_EQ(model.at("confirmed") == false, model.contains("unconfirmed")) << model.at("name");
    if (model.contains("deprecated")) deprecated.push_back(model.at("name"));
  }
  EXPECT_THAT(deprecated, testing::UnorderedElementsAre("text-to-image/pro", "text-to-image/pro-new",
                                                        "image-to-image/pro-v1-redux"));
}

// A sixtieth of the real times: 2 s stand for the usual limit of 120, and 6 s are longer than 200 would be.
TEST(SlowModelTest, FourKGoesOnWhenItsCallerHasStoppedWaiting) {
  Stack stack({.service = {"--request-timeout=2s"}, .gateway = {"--request-timeout=5s"}, .whole_fal = true});
  const auto follow = [&stack](const std::string& path) {
    Answer job;
    EXPECT_TRUE(Eventually([&] {
      job = Stack::Get(stack.public_address(), path);
      return job.json["job"]["state"] == "succeeded" || job.json["job"]["state"] == "failed";
    }));
    EXPECT_EQ(job.json["job"]["state"], "succeeded") << job.body;
    return job;
  };
  const std::string body = R"({"prompt":"x sim:slow=6000","resolution":"4k","aspect_ratio":"16:9"})";
  const Answer begun = stack.Post("/api/v1/flux/text-to-image/flux-3", body, {{"Prefer", "respond-async"}});
  ASSERT_EQ(begun.status, 202) << begun.body;
  const Answer made = follow(begun.Header("Location"));
  const nlohmann::json image = made.json["data"]["images"][0];
  EXPECT_GT(image["width"].get<int>() * image["height"].get<int>(), 16'000'000) << made.body;
  EXPECT_EQ(stack.Ledger()["purchases"][0]["door"], "queue");

  // Who does not ask for a job gets one all the same, and nothing is bought twice or lost.
  const Answer waited =
      stack.Post("/api/v1/flux/text-to-image/flux-3", R"({"prompt":"y sim:slow=8000","resolution":"512sq"})");
  EXPECT_EQ(waited.status, 504) << waited.body;
  const std::string job = waited.json["job"];
  ASSERT_NE(job, "") << waited.body;
  follow(job);
  EXPECT_EQ(stack.Billed(), 2u);
}

TEST_F(ModelsTest, FetchedPicturesComeAsBytesAndWereLookedAt) {
  const Answer answer =
      stack_->Post("/api/v1/flux/text-to-image/flux-2",
                   R"({"prompt":"x","fetch_images":true,"num_images":2,"image_size":"square"})");
  ASSERT_EQ(answer.status, 200) << answer.body.substr(0, 300);
  for (const auto& image : answer.json["data"]["images"]) {
    EXPECT_THAT(image["url"].get<std::string>(), testing::StartsWith("data:image/png;base64,iVBOR"));
    EXPECT_EQ(image["width"], 512);
  }
  EXPECT_FALSE(answer.json.contains("warnings"));
}

TEST_F(ModelsTest, AModelThatMakesOneAtATimeIsBoughtSeveralTimesOnlyWhenAskedTo) {
  const std::size_t before = stack_->Billed();
  const std::string path = "/api/v1/flux/text-to-image/flux-2-pro";
  const Answer refused = stack_->Post(path, R"({"prompt":"x","num_images":3})");
  EXPECT_EQ(refused.status, 422);
  EXPECT_THAT(refused.body, HasSubstr("split_images"));
  EXPECT_EQ(stack_->Billed(), before);
  const Answer made = stack_->Post(path, R"({"prompt":"x","num_images":3,"split_images":true,"seed":5})");
  EXPECT_EQ(made.json["data"]["images"].size(), 3u) << made.body;
  EXPECT_EQ(made.Header("x-cost-usd"), "0.09");
  EXPECT_EQ(stack_->Billed(), before + 3);
}

TEST_F(ModelsTest, WhatAModelDoesNotTakeIsRefusedByName) {
  const Answer answer =
      stack_->Post("/api/v1/flux/text-to-image/pro-v1.1", R"({"prompt":"x","num_inference_steps":20})");
  EXPECT_EQ(answer.status, 422);
  EXPECT_THAT(answer.body, HasSubstr("num_inference_steps"));
}

TEST_F(ModelsTest, ATraceReachesFal) {
  const std::string parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  stack_->Post("/api/v1/flux/text-to-image/dev", R"({"prompt":"x"})", {{"traceparent", parent}});
  const nlohmann::json received = stack_->LastRequest();
  EXPECT_THAT(received["headers"].dump(), HasSubstr(parent));
  EXPECT_TRUE(Eventually([&] {
    return stack_->service->Output().find("\"trace_id\":\"4bf92f3577b34da6a3ce929d0e0e4736\"") !=
           std::string::npos;
  }));
}

TEST(CatalogueFileTest, PointsAModelElsewhere) {
  const std::string file = testing::TempDir() + "flux_catalogue.json";
  std::ofstream(file) << R"({"models":[{"name":"text-to-image/pro","base":"text-to-image/pro",
      "fal_endpoint":"fal-ai/flux-pro/v1.1","parameters":[{"name":"num_inference_steps","remove":true}]}]})";
  Stack stack({.service = {"--catalogue=" + file}});
  const Answer answer = stack.Post("/api/v1/flux/text-to-image/pro", R"({"prompt":"x"})");
  EXPECT_EQ(answer.status, 200);
  EXPECT_FALSE(answer.json.contains("warnings")) << "the other app is not the one that is gone";
  EXPECT_EQ(stack.LastRequest()["endpoint"], "fal-ai/flux-pro/v1.1");
  EXPECT_EQ(stack.Post("/api/v1/flux/text-to-image/pro", R"({"prompt":"x","num_inference_steps":5})").status,
            422);
}

// The account's slots are used to the last and never exceeded, whoever asks.
TEST(SlotsTest, FalNeverSeesMoreCallsThanThereAreSlots) {
  constexpr int kCallers = 60;
  constexpr int kCalls = 4;
  Stack stack({.sim = {"--latency=20ms"}, .service = {"--fal-max-concurrency=5"}});
  std::atomic<int> good = 0;
  std::atomic<int> waited = 0;
  std::vector<std::thread> callers;
  for (int i = 0; i < kCallers; ++i) {
    callers.emplace_back([&] {
      for (int call = 0; call < kCalls; ++call) {
        const Answer answer =
            stack.Post("/api/v1/flux/text-to-image/schnell", R"({"prompt":"x","aspect_ratio":"square"})");
        good += answer.status == 200 ? 1 : 0;
        waited += answer.Header("x-queue-position").empty() ? 0 : 1;
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(good, kCallers * kCalls);
  EXPECT_GT(waited, 0);
  EXPECT_EQ(stack.Ledger()["peak_in_flight"], 5);
  EXPECT_EQ(stack.Ledger()["refused"], 0);
}

}  // namespace
}  // namespace flux::e2e
