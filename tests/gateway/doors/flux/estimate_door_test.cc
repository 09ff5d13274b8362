// The price of a generation behind the guard: what is asked of flux-service, and what callers are told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tuple>
#include <utility>
#include <variant>

#include "tests/gateway/guard/guard_fixture.h"

namespace flux::gateway {
namespace {

using nlohmann::json;

class EstimateTest : public GuardTest {
 protected:
  EstimateTest() {
    v1::EstimateCostResponse estimate;
    estimate.mutable_price()->set_micro_usd(50'000);
    estimate.mutable_price()->set_unit(v1::PRICE_UNIT_MEGAPIXEL);
    estimate.mutable_price()->set_units(2);
    backend_.AnswerEstimate(estimate);
  }
};

TEST_F(EstimateTest, TellsThePriceOfWhatWouldBeBought) {
  const Reply reply =
      Handle(Post("/api/v1/estimate/text-to-image/dev", R"({"prompt":"x","num_images":"2"})"));
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(json_, json::parse(R"({"success":true,"price":{"usd":0.05,"unit":"megapixel","units":2.0}})"));
  const auto& asked = std::get<v1::TextToImageRequest>(backend_.last_request());
  EXPECT_EQ(asked.model(), "text-to-image/dev");
  EXPECT_EQ(asked.parameters().num_images(), 2);
  EXPECT_EQ(reply.billed, Billed::kNo);
}

TEST_F(EstimateTest, AModelMayHaveItsKindsNameOnly) {
  EXPECT_EQ(
      Handle(Post("/api/v1/estimate/image-to-image", R"({"image_url":"https://a.example/x.png"})")).status,
      200);
  EXPECT_EQ(std::get<v1::ImageToImageRequest>(backend_.last_request()).model(), "image-to-image");
}

TEST_F(EstimateTest, IsRefusedInTheWordsOfThePurchase) {
  EXPECT_EQ(Handle(Post("/api/v1/estimate/text-to-image/dev", R"({"prompt":7})")).status, 422);
  const json told = json_["violations"];
  EXPECT_EQ(Handle(Post("/api/v1/flux/text-to-image/dev", R"({"prompt":7})")).status, 422);
  EXPECT_EQ(json_["violations"], told);
  EXPECT_EQ(backend_.calls(), 0);
  backend_.AnswerEstimate(InvalidFields({{"image_size.width", "must be 1 to 14142, not 20000"}}));
  EXPECT_EQ(Handle(Post("/api/v1/estimate/text-to-image/dev", R"({"prompt":"x"})")).status, 422);
  EXPECT_EQ(json_["violations"][0]["field"], "aspect_ratio.width");
  EXPECT_EQ(Handle(Post("/api/v1/estimate/text-to-image/dev", "[")).status, 400);
  for (const auto& [name, value, status] :
       {std::tuple("Idempotency-Key", "", 400), std::tuple("Content-Encoding", "gzip", 415),
        std::tuple("Prefer", "respond-async", 400)}) {
    Request request = Post("/api/v1/estimate/text-to-image/dev");
    request.headers.emplace_back(name, value);
    EXPECT_EQ(Handle(std::move(request)).status, status) << name;
  }
}

TEST_F(EstimateTest, WhatIsNoKindIsNoPath) {
  for (const char* path : {"/api/v1/estimate/", "/api/v1/estimate/video", "/api/v1/estimate/video/dev",
                           "/api/v1/estimate/text-to-image/a/b", "/api/v1/estimate/text-to-image/DEV"}) {
    EXPECT_EQ(Handle(Post(path)).status, 404) << path;
  }
  EXPECT_EQ(backend_.calls(), 0);
}

TEST_F(EstimateTest, IsNotCountedAsAPurchase) {
  Handle(Post("/api/v1/estimate/text-to-image/dev"));
  EXPECT_FALSE(headers_.contains("RateLimit-Limit"));
}

}  // namespace
}  // namespace flux::gateway
