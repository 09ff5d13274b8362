// Makes a picture with every model through all three programs. The catalogue meets a simulator that was
// written without it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "tests/e2e/stack.h"

namespace flux::e2e {
namespace {

using testing::HasSubstr;

// A PNG of 16x16 that every decoder takes.
constexpr char kPng[] =
    "data:image/"
    "png;base64,iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAIAAACQkWg2AAAAFElEQVR42mNoIBEwjGoY1TB8NQAAJYSAELxv8c8A"
    "AAAASUVORK5CYII=";

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
    if (type == "image" || parameter.at("name") == "reference_image_url") return kPng;
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

  static Stack* stack_;
};

Stack* ModelsTest::stack_ = nullptr;

TEST_F(ModelsTest, EachMakesAPictureFromTheLeastThatItNeeds) {
  const nlohmann::json models = Models();
  ASSERT_GE(models.size(), 48u);
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
        nlohmann::json request = Minimal(model);
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
  EXPECT_EQ(stack.Post("/api/v1/flux/text-to-image/pro", R"({"prompt":"x"})").status, 200);
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
