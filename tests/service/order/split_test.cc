// Several pictures from a model that makes one at a time.
#include "service/order/split.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "order_fixture.h"
#include "service/order/price.h"
#include "service/order/validate.h"

namespace flux::service {
namespace {

Order Three(const ModelRow& row) {
  Order order = MinimalOrder(row);
  order.num_images = 3;
  order.split_images = true;
  order.seed = 40;
  return order;
}

TEST(PurchasesOf, CountsPicturesOfAModelThatMakesOneAtATime) {
  const ModelRow& pro = BuiltInRow("text-to-image/flux-2-pro");
  Order order = MinimalOrder(pro);
  EXPECT_EQ(PurchasesOf(pro, order), 1u);
  order.split_images = true;
  EXPECT_EQ(PurchasesOf(pro, order), 1u) << "one picture is one purchase";
  EXPECT_EQ(PurchasesOf(pro, Three(pro)), 3u);
  order = Three(pro);
  order.split_images = false;
  EXPECT_EQ(PurchasesOf(pro, order), 1u);
}

TEST(PurchasesOf, IsOneWhereTheModelMakesThemItself) {
  const ModelRow& dev = BuiltInRow("text-to-image/dev");
  const Order order = Three(dev);
  EXPECT_EQ(PurchasesOf(dev, order), 1u);
  EXPECT_EQ(Sent(dev, PurchaseOf(dev, order, 0)).at("num_images"), 3);
}

TEST(PurchaseOf, IsOnePictureWithTheNextSeed) {
  const ModelRow& pro = BuiltInRow("text-to-image/flux-2-pro");
  const Order order = Three(pro);
  for (std::uint32_t i = 0; i < 3; ++i) {
    const Order one = PurchaseOf(pro, order, i);
    EXPECT_THAT(Validate(pro, one), ::testing::IsEmpty());
    EXPECT_EQ(PurchasesOf(pro, one), 1u);
    EXPECT_EQ(EstimatePrice(pro, one).micro_usd(), 30'000u);
    EXPECT_EQ(Sent(pro, one).dump(), R"({"prompt":"a cat","seed":)" + std::to_string(40 + i) + "}");
  }
  Order unseeded = order;
  unseeded.seed.reset();
  EXPECT_FALSE(PurchaseOf(pro, unseeded, 2).seed.has_value()) << "fal chooses each";
}

TEST(PurchaseOf, NeverRunsOutOfSeeds) {
  const ModelRow& pro = BuiltInRow("text-to-image/flux-2-pro");
  Order order = Three(pro);
  order.seed = std::numeric_limits<std::uint64_t>::max() - 2;
  EXPECT_THAT(Validate(pro, order), ::testing::IsEmpty());
  EXPECT_EQ(PurchaseOf(pro, order, 2).seed, std::numeric_limits<std::uint64_t>::max());
  order.seed = std::numeric_limits<std::uint64_t>::max() - 1;
  const auto violations = Validate(pro, order);
  ASSERT_EQ(violations.size(), 1u);
  EXPECT_EQ(violations[0].field, "seed");
  EXPECT_THAT(violations[0].message, ::testing::HasSubstr("at most 18446744073709551613, since 3 purchases"));
}

TEST(EstimatePrice, CountsEveryPurchase) {
  const ModelRow& pro = BuiltInRow("text-to-image/flux-2-pro");
  EXPECT_EQ(EstimatePrice(pro, Three(pro)).micro_usd(), 90'000u);
  EXPECT_EQ(EstimatePrice(pro, Three(pro)).units(), 3);
}

}  // namespace
}  // namespace flux::service
