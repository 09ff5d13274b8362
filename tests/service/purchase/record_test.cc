// What is stored of a purchase is read again as it was, and what nobody has written is refused or harmless.
#include "service/purchase/record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace flux::service {
namespace {

using testing::HasSubstr;
using testing::Not;

Plan MakePlan() {
  Plan plan{.model = "text-to-image/dev",
            .endpoint = "fal-ai/flux/dev",
            .price = {.micro_usd = 25'000, .unit = v1::PRICE_UNIT_MEGAPIXEL},
            .purchases = {},
            .inline_pictures = true,
            .fetch_images = true,
            .low_priority = true,
            .warnings = {"\"x\" is not known"}};
  plan.price.first_micro_usd = 30'000;
  PlannedPurchase& purchase = plan.purchases.emplace_back();
  purchase.estimate.set_micro_usd(50'000);
  purchase.estimate.set_unit(v1::PRICE_UNIT_MEGAPIXEL);
  purchase.estimate.set_units(2.25);
  purchase.body = std::make_shared<const std::string>(R"({"prompt":"a secret lighthouse"})");
  plan.purchases.push_back(purchase);
  return plan;
}

TEST(Record, APlanIsReadAsItWasWithoutWhatIsSent) {
  const Plan plan = MakePlan();
  const std::string json = PlanToJson(plan);
  EXPECT_THAT(json, Not(HasSubstr("lighthouse")));
  const Result<Plan> read = PlanFromJson(json);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->model, plan.model);
  EXPECT_EQ(read->endpoint, plan.endpoint);
  EXPECT_EQ(read->price.micro_usd, plan.price.micro_usd);
  EXPECT_EQ(read->price.unit, plan.price.unit);
  EXPECT_EQ(read->price.first_micro_usd, plan.price.first_micro_usd);
  ASSERT_EQ(read->purchases.size(), 2u);
  EXPECT_EQ(read->purchases[1].estimate.micro_usd(), 50'000u);
  EXPECT_EQ(read->purchases[1].estimate.units(), 2.25);
  EXPECT_EQ(read->purchases[1].body, nullptr);
  EXPECT_TRUE(read->inline_pictures);
  EXPECT_TRUE(read->fetch_images);
  EXPECT_TRUE(read->low_priority);
  EXPECT_EQ(read->warnings, plan.warnings);
  EXPECT_EQ(PlanToJson(*read), json);
}

TEST(Record, WhatIsNoPlanIsRefused) {
  for (const char* text : {"", "{", "[]", "null", "{}", R"({"purchases":[]})", R"({"purchases":{}})",
                           R"({"purchases":"x","model":"m"})"}) {
    const Result<Plan> read = PlanFromJson(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().reason, Reason::kInternal);
  }
}

TEST(Record, MembersOfAnotherTypeAreAsIfTheyWereMissing) {
  const Result<Plan> read = PlanFromJson(
      R"({"purchases":[7,{"micro_usd":-1,"units":"many"}],"model":3,"price":[],"warnings":[1,"a"],"fetch_images":"yes"})");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->purchases.size(), 2u);
  EXPECT_EQ(read->purchases[1].estimate.micro_usd(), 0u);
  EXPECT_EQ(read->model, "");
  EXPECT_EQ(read->warnings, std::vector<std::string>{"a"});
  EXPECT_FALSE(read->fetch_images);
}

TEST(Record, AFailureIsReadAsItWas) {
  Status status(Reason::kInvalidField, "seed is wrong");
  status.billed = Billed::kYes;
  status.violations.push_back({"seed", "must be a whole number"});
  status.upstream = UpstreamError{422, "fal-1", "{\"detail\":\"\xff\"}"};
  const Status read = StatusFromJson(StatusToJson(status));
  EXPECT_EQ(read.reason, status.reason);
  EXPECT_EQ(read.message, status.message);
  EXPECT_EQ(read.billed, Billed::kYes);
  ASSERT_EQ(read.violations.size(), 1u);
  EXPECT_EQ(read.violations[0].field, "seed");
  ASSERT_TRUE(read.upstream);
  EXPECT_EQ(read.upstream->http_status, 422);
  EXPECT_EQ(read.upstream->request_id, "fal-1");
  EXPECT_THAT(read.upstream->body, HasSubstr("detail"));
}

TEST(Record, AFailureThatCannotBeReadMayHaveCost) {
  for (const char* text : {"", "[1]", "{}", R"({"reason":"NEW_ONE","billed":"perhaps"})"}) {
    const Status read = StatusFromJson(text);
    EXPECT_EQ(read.reason, Reason::kInternal) << text;
    EXPECT_EQ(read.billed, Billed::kMaybe) << text;
  }
}

}  // namespace
}  // namespace flux::service
