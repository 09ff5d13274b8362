// One purchase from order to priced result, with a transport that answers as told.
#include "service/purchase/purchase.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_fetcher.h"
#include "tests/fakes/fake_transport.h"
#include "tests/fakes/on_loop.h"

namespace flux::service {
namespace {

using namespace std::chrono_literals;

constexpr char kMadeInFull[] =
    R"({"images":[{"url":"https://v3.fal.media/a.png","width":1024,"height":768,"content_type":"image/jpeg"}],
        "timings":{"inference":1.5},"seed":18446744073709551615,"has_nsfw_concepts":[false],"prompt":"p"})";

class PurchaseTest : public testing::Test {
 protected:
  PurchaseTest() {
    request_.set_model("text-to-image/dev");
    request_.set_prompt("a lighthouse");
  }
  ~PurchaseTest() override { loop_.Stop(); }

  Result<v1::Generation> Buy(std::chrono::milliseconds patience = 60s) {
    return fakes::Spawned<Result<v1::Generation>>(
               loop_, purchaser_.Buy(ToOrder(request_), {"r-1", clock_.Now(), clock_.Now() + patience}))
        .Get();
  }

  EventLoop loop_{"test"};
  fakes::FakeClock clock_;
  fakes::FakeTransport transport_;
  Catalogue catalogue_ = Catalogue::BuiltIn();
  fakes::FakeFetcher fetcher_;
  Delivery delivery_{fetcher_, {.most = Bytes{1 << 20}}};
  Purchaser purchaser_{catalogue_, transport_, delivery_, clock_};
  v1::TextToImageRequest request_;
};

TEST_F(PurchaseTest, ReturnsPicturesPriceAndOrigin) {
  transport_.Answer(
      fal::FalReply{.status = 200, .body = kMadeInFull, .request_id = "fal-1", .billable_units = "1"});
  const Result<v1::Generation> made = Buy();
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->images_size(), 1);
  EXPECT_EQ(made->seed(), 18446744073709551615ULL);
  EXPECT_EQ(made->model(), "text-to-image/dev");
  EXPECT_EQ(made->fal_request_id(), "fal-1");
  EXPECT_EQ(made->price().micro_usd(), 25'000u);
  ASSERT_EQ(transport_.received().size(), 1u);
  EXPECT_EQ(transport_.received()[0].endpoint, "fal-ai/flux/dev");
  EXPECT_EQ(transport_.received()[0].request_id, "r-1");
}

TEST_F(PurchaseTest, WhatFalAnsweredIsNotedForItsBill) {
  BoughtNotes notes;
  const Purchaser purchaser(catalogue_, transport_, delivery_, clock_, nullptr, &notes);
  const auto noted = [&](Result<fal::FalReply> reply) {
    transport_.Answer(std::move(reply));
    PurchaseContext context{.request_id = "r-1", .arrived = clock_.Now(), .deadline = clock_.Now() + 60s};
    context.caller = "ada";
    static_cast<void>(
        fakes::Spawned<Result<v1::Generation>>(loop_, purchaser.Buy(ToOrder(request_), context)).Get());
    return notes.Take(10);
  };
  const auto made =
      noted(fal::FalReply{.status = 200, .body = kMadeInFull, .request_id = "fal-1", .billable_units = "2"});
  ASSERT_EQ(made.size(), 1u);
  EXPECT_EQ(made[0].fal_request_id, "fal-1");
  EXPECT_EQ(made[0].endpoint, "fal-ai/flux/dev");
  EXPECT_EQ(made[0].caller, "ada");
  EXPECT_EQ(made[0].model, "text-to-image/dev");
  EXPECT_EQ(made[0].billed, Billed::kYes);
  EXPECT_EQ(made[0].estimated_nano_usd, 25'000'000);
  EXPECT_EQ(made[0].settled_nano_usd, 50'000'000);
  const auto refused = noted(fal::FalReply{.status = 422,
                                           .body = R"({"detail":[{"type":"content_policy_violation"}]})",
                                           .request_id = "fal-2",
                                           .billable_units = "0"});
  ASSERT_EQ(refused.size(), 1u);
  EXPECT_EQ(refused[0].billed, Billed::kNo);
  EXPECT_EQ(refused[0].settled_nano_usd, 0);
  EXPECT_TRUE(noted(fal::FalReply{.status = 200, .body = kMadeInFull}).empty()) << "it has no id";
  EXPECT_TRUE(noted(fal::FalReply{.status = 200, .body = kMadeInFull, .request_id = "a b"}).empty());
  EXPECT_TRUE(noted(Status(Reason::kUpstreamUnreachable)).empty()) << "nothing was sent";
}

TEST_F(PurchaseTest, SplitsWhereTheModelMakesOneAtATime) {
  transport_.Answer(fal::FalReply{.status = 200, .body = kMadeInFull});
  request_.set_model("text-to-image/flux-2-pro");
  request_.mutable_parameters()->set_num_images(3);
  request_.mutable_parameters()->set_seed(40);
  EXPECT_EQ(Buy().error().reason, Reason::kInvalidField);
  EXPECT_TRUE(transport_.received().empty());
  request_.mutable_parameters()->set_split_images(true);
  const Result<v1::Generation> made = Buy();
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->images_size(), 3);
  EXPECT_EQ(made->price().micro_usd(), 90'000u);
  ASSERT_EQ(transport_.received().size(), 3u);
  EXPECT_THAT(*transport_.received()[2].body, testing::HasSubstr(R"("seed":42)"));
  EXPECT_THAT(*transport_.received()[2].body, testing::Not(testing::HasSubstr("num_images")));
}

TEST_F(PurchaseTest, TellsTheWireWhenPicturesComeInline) {
  transport_.Answer(fal::FalReply{.status = 200, .body = kMadeInFull});
  ASSERT_TRUE(Buy());
  request_.mutable_parameters()->set_sync_mode(true);
  ASSERT_TRUE(Buy());
  EXPECT_FALSE(transport_.received()[0].inline_pictures);
  EXPECT_TRUE(transport_.received()[1].inline_pictures);
}

TEST_F(PurchaseTest, NeedsTheRequestOnlyUntilBuyReturns) {
  transport_.Answer(fal::FalReply{.status = 200, .body = kMadeInFull});
  auto request = std::make_unique<v1::TextToImageRequest>(request_);
  auto context = std::make_unique<PurchaseContext>(
      PurchaseContext{.request_id = "r-1", .arrived = clock_.Now(), .deadline = clock_.Now() + 60s});
  auto bought = purchaser_.Buy(ToOrder(*request), *context);
  request.reset();
  context.reset();
  EXPECT_TRUE(fakes::Spawned<Result<v1::Generation>>(loop_, std::move(bought)).Get());
  ASSERT_EQ(transport_.received().size(), 1u);
  EXPECT_EQ(transport_.received()[0].request_id, "r-1");
}

TEST_F(PurchaseTest, AnEstimateSpendsNothingAndChecksTheSame) {
  request_.mutable_parameters()->set_num_images(2);
  EXPECT_EQ(purchaser_.Estimate(ToOrder(request_))->price().micro_usd(), 50'000u);
  request_.mutable_parameters()->set_num_images(5);
  EXPECT_EQ(purchaser_.Estimate(ToOrder(request_)).error().reason, Reason::kInvalidField);
  request_.set_model("text-to-image/nothing");
  EXPECT_EQ(purchaser_.Estimate(ToOrder(request_)).error().reason, Reason::kUnknownModel);
  EXPECT_TRUE(transport_.received().empty());
}

TEST_F(PurchaseTest, FieldsThatNoModelKnowsAreToldBeforeAndAfter) {
  transport_.Answer(fal::FalReply{.status = 200, .body = kMadeInFull});
  auto& extra = *request_.mutable_parameters()->mutable_extra()->mutable_fields();
  extra["user"].set_string_value("u-1");
  extra["n"].set_number_value(2);
  extra["style"].set_null_value({});
  EXPECT_EQ(purchaser_.Estimate(ToOrder(request_)).error().reason, Reason::kInvalidField)
      << "refused where it is not wanted otherwise";
  request_.mutable_parameters()->set_warn_of_unknown_extra(true);
  const Result<v1::EstimateCostResponse> estimate = purchaser_.Estimate(ToOrder(request_));
  ASSERT_TRUE(estimate);
  EXPECT_EQ(estimate->price().micro_usd(), 25'000u);
  EXPECT_THAT(estimate->warnings(),
              testing::ElementsAre(testing::HasSubstr("\"n\""), testing::HasSubstr("\"user\"")));
  EXPECT_TRUE(transport_.received().empty());
  const Result<v1::Generation> made = Buy();
  ASSERT_TRUE(made);
  EXPECT_THAT(made->warnings(), testing::ElementsAreArray(estimate->warnings()));
  EXPECT_THAT(*transport_.received()[0].body, testing::Not(testing::HasSubstr("user")));
  extra["numImages"].set_number_value(2);
  EXPECT_EQ(purchaser_.Estimate(ToOrder(request_)).error().violations.size(), 1u) << "nearly known";
}

TEST_F(PurchaseTest, LeavesTimeToTellTheOutcome) {
  transport_.Answer(fal::FalReply{.status = 200, .body = kMadeInFull});
  ASSERT_TRUE(Buy(60s));
  ASSERT_TRUE(Buy(1s));
  EXPECT_EQ(transport_.received()[0].deadline, clock_.Now() + 60s - 250ms);
  EXPECT_EQ(transport_.received()[1].deadline, clock_.Now() + 1s - 50ms);
}

TEST_F(PurchaseTest, ViolationsAreAllToldAndNothingIsSent) {
  request_.mutable_parameters()->set_num_images(9);
  request_.mutable_parameters()->set_guidance_scale(100);
  request_.clear_prompt();
  const Result<v1::Generation> made = Buy();
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().reason, Reason::kInvalidField);
  EXPECT_EQ(made.error().violations.size(), 3u);
  EXPECT_TRUE(transport_.received().empty());
}

TEST_F(PurchaseTest, UnknownModelIsRefused) {
  request_.set_model("text-to-image/none");
  const Result<v1::Generation> made = Buy();
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().reason, Reason::kUnknownModel);
  EXPECT_TRUE(transport_.received().empty());
}

TEST_F(PurchaseTest, ModelOfAnotherKindIsRefused) {
  request_.set_model("inpainting");
  EXPECT_EQ(Buy().error().reason, Reason::kUnknownModel);
}

TEST_F(PurchaseTest, MissingModelIsAViolation) {
  request_.clear_model();
  EXPECT_EQ(Buy().error().violations[0].field, "model");
}

TEST_F(PurchaseTest, NoTimeLeftSendsNothing) {
  const Result<v1::Generation> made = Buy(0ms);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().reason, Reason::kDeadlineExceeded);
  EXPECT_EQ(made.error().billed, Billed::kNo);
  EXPECT_TRUE(transport_.received().empty());
}

TEST_F(PurchaseTest, FailuresOfTheWireAndOfFalPassThrough) {
  transport_.Answer(Status(Reason::kUpstreamConnectionLost));
  EXPECT_EQ(Buy().error().reason, Reason::kUpstreamConnectionLost);
  transport_.Answer(fal::FalReply{.status = 403, .body = R"({"detail":"User is locked."})"});
  EXPECT_EQ(Buy().error().reason, Reason::kUpstreamAccount);
}

}  // namespace
}  // namespace flux::service
