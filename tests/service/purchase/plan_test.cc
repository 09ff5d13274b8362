// A plan as a value: it outlives its request, and its fingerprint tells meanings apart.
#include "service/purchase/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <type_traits>

#include "flux/v1/flux_service.pb.h"

namespace flux::service {
namespace {

using Change = std::function<void(v1::TextToImageRequest&)>;

v1::TextToImageRequest Request(const Change& change = [](auto&) {}) {
  v1::TextToImageRequest request;
  request.set_model("text-to-image/dev");
  request.set_prompt("a lighthouse");
  request.mutable_parameters()->set_seed(7);
  change(request);
  return request;
}

Result<Plan> PlanOf(const v1::TextToImageRequest& request) {
  static const Catalogue catalogue = Catalogue::BuiltIn();
  return MakePlan(catalogue, ToOrder(request));
}

std::string FingerprintOf(const Change& change) {
  const Result<Plan> plan = PlanOf(Request(change));
  EXPECT_TRUE(plan) << plan.error().message;
  return Fingerprint(*plan);
}

TEST(Plan, OutlivesItsRequest) {
  static_assert(std::is_copy_constructible_v<Plan>);
  Result<Plan> plan = Status(Reason::kInternal);
  {
    const v1::TextToImageRequest request = Request();
    plan = PlanOf(request);
  }
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->model, "text-to-image/dev");
  EXPECT_EQ(plan->endpoint, "fal-ai/flux/dev");
  ASSERT_EQ(plan->purchases.size(), 1u);
  EXPECT_THAT(*plan->purchases[0].body, testing::HasSubstr(R"("prompt":"a lighthouse")"));
  EXPECT_EQ(plan->purchases[0].estimate.micro_usd(), 25'000u);
}

TEST(Plan, IsMadeForSoundOrdersOnly) {
  EXPECT_EQ(PlanOf(Request([](auto& r) { r.set_prompt(""); })).error().reason, Reason::kInvalidField);
  EXPECT_EQ(PlanOf(Request([](auto& r) { r.set_model("text-to-image/none"); })).error().reason,
            Reason::kUnknownModel);
}

struct Difference {
  const char* name;
  Change change;
  bool same;
};

class FingerprintTest : public testing::TestWithParam<Difference> {};

TEST_P(FingerprintTest, TellsMeaningsApart) {
  const std::string before = FingerprintOf([](auto&) {});
  EXPECT_EQ(before.size(), 64u);
  EXPECT_EQ(FingerprintOf(GetParam().change) == before, GetParam().same);
}

INSTANTIATE_TEST_SUITE_P(
    , FingerprintTest,
    testing::Values(
        Difference{"Nothing", [](auto&) {}, true},
        Difference{"Prompt", [](auto& r) { r.set_prompt("a lighthouse "); }, false},
        Difference{"Model", [](auto& r) { r.set_model("text-to-image/flux-1-dev"); }, false},
        Difference{"Seed", [](auto& r) { r.mutable_parameters()->set_seed(8); }, false},
        Difference{"NoSeed", [](auto& r) { r.mutable_parameters()->clear_seed(); }, false},
        Difference{"Delivery", [](auto& r) { r.mutable_parameters()->set_fetch_images(true); }, false},
        Difference{"SyncMode", [](auto& r) { r.mutable_parameters()->set_sync_mode(true); }, false},
        Difference{"NumberOfPictures", [](auto& r) { r.mutable_parameters()->set_num_images(2); }, false},
        Difference{"Urgency",
                   [](auto& r) { r.mutable_parameters()->set_queue_priority(v1::QUEUE_PRIORITY_LOW); }, true},
        Difference{"SplitThatSplitsNothing", [](auto& r) { r.mutable_parameters()->set_split_images(true); },
                   true}),
    [](const auto& row) { return row.param.name; });

TEST(Plan, KnowsHowUrgentItIs) {
  const auto with = [](v1::QueuePriority priority) {
    return PlanOf(Request([priority](auto& r) { r.mutable_parameters()->set_queue_priority(priority); }));
  };
  EXPECT_FALSE(PlanOf(Request())->low_priority);
  EXPECT_FALSE(with(v1::QUEUE_PRIORITY_NORMAL)->low_priority);
  EXPECT_TRUE(with(v1::QUEUE_PRIORITY_LOW)->low_priority);
  const Result<Plan> wrong = with(static_cast<v1::QueuePriority>(7));
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().violations.front().field, "queue_priority");
}

TEST(Plan, GoesByThePriceInForce) {
  const Catalogue catalogue = Catalogue::BuiltIn();
  Prices prices(catalogue);
  const ModelRow& dev = *catalogue.Find("text-to-image/dev", v1::MODEL_KIND_TEXT_TO_IMAGE);
  prices.Take(dev, Judge(dev.price, 0.05, "megapixels"));
  const v1::TextToImageRequest request = Request();
  const Result<Plan> plan = MakePlan(catalogue, ToOrder(request), nullptr, &prices);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->price.micro_usd, 50'000u);
  EXPECT_EQ(plan->purchases[0].estimate.micro_usd(), 50'000u);
}

TEST(Fingerprint, OfSplitPurchasesCountsAll) {
  const auto of = [](std::uint32_t pictures) {
    return FingerprintOf([pictures](auto& request) {
      request.set_model("text-to-image/flux-2-pro");
      request.mutable_parameters()->set_num_images(pictures);
      request.mutable_parameters()->set_split_images(true);
    });
  };
  EXPECT_EQ(of(3), of(3));
  EXPECT_NE(of(3), of(2));
}

}  // namespace
}  // namespace flux::service
