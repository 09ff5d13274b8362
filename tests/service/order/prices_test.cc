// Which of fal's prices are believed, and what they make of estimates.
#include "service/order/prices.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "service/order/price.h"

namespace flux::service {
namespace {

using Kind = PriceVerdict::Kind;
using testing::HasSubstr;

constexpr UnitPrice kMegapixel{.micro_usd = 25'000, .unit = v1::PRICE_UNIT_MEGAPIXEL};

UnitPrice TwoPrices() {
  UnitPrice price{.micro_usd = 15'000, .unit = v1::PRICE_UNIT_MEGAPIXEL_IN_OUT};
  price.first_micro_usd = 30'000;
  return price;
}

TEST(Judge, TheSamePriceIsNoNews) {
  EXPECT_EQ(Judge(kMegapixel, 0.025, "megapixels").kind, Kind::kSame);
  EXPECT_EQ(Judge(TwoPrices(), 0.03, "megapixels").kind, Kind::kSame);
  EXPECT_EQ(Judge(TwoPrices(), 0.015, "megapixels").kind, Kind::kSame) << "that of the further ones";
  EXPECT_EQ(Judge({.micro_usd = 60'000, .unit = v1::PRICE_UNIT_IMAGE}, 0.06, "images").kind, Kind::kSame);
}

TEST(Judge, AnotherPriceIsTakenAndRoundedUp) {
  EXPECT_EQ(Judge(kMegapixel, 0.03, "megapixels").micro_usd, 30'000u);
  EXPECT_EQ(Judge(kMegapixel, 0.0250001, "Megapixels").micro_usd, 25'001u);
  EXPECT_EQ(Judge(kMegapixel, 0.25, "megapixel").micro_usd, 250'000u) << "ten times";
  EXPECT_EQ(Judge(kMegapixel, 0.0025, "megapixels").micro_usd, 2'500u) << "a tenth";
  EXPECT_EQ(Judge({.micro_usd = 0, .unit = v1::PRICE_UNIT_IMAGE}, 0.04, "image").micro_usd, 40'000u);
}

struct Disbelief {
  const char* name;
  UnitPrice price;
  double usd;
  const char* unit;
};

class DisbeliefTest : public testing::TestWithParam<Disbelief> {};

TEST_P(DisbeliefTest, IsToldWithItsReason) {
  const Disbelief& given = GetParam();
  const PriceVerdict verdict = Judge(given.price, given.usd, given.unit);
  EXPECT_EQ(verdict.kind, Kind::kRefused);
  EXPECT_THAT(verdict.why, HasSubstr("fal says"));
}

INSTANTIATE_TEST_SUITE_P(
    Every, DisbeliefTest,
    testing::Values(
        Disbelief{"Nothing", kMegapixel, 0, "megapixels"},
        Disbelief{"Negative", kMegapixel, -0.025, "megapixels"},
        Disbelief{"NoNumber", kMegapixel, std::nan(""), "megapixels"},
        Disbelief{"Endless", kMegapixel, std::numeric_limits<double>::infinity(), "megapixels"},
        Disbelief{"Huge", kMegapixel, 0.26, "megapixels"},
        Disbelief{"Gigantic", kMegapixel, 1e300, "megapixels"},
        Disbelief{"Tiny", kMegapixel, 0.0024, "megapixels"},
        Disbelief{"HugeWithoutComparison", {.micro_usd = 0, .unit = v1::PRICE_UNIT_IMAGE}, 11, "images"},
        Disbelief{"OtherUnit", kMegapixel, 0.025, "images"},
        Disbelief{"Seconds", kMegapixel, 0.025, "seconds"}, Disbelief{"NoUnit", kMegapixel, 0.025, ""}),
    [](const auto& row) { return row.param.name; });

class PricesTest : public testing::Test {
 protected:
  const ModelRow& Row(std::string_view name) const { return *catalogue_.Find(name, KindOf(name)); }
  void Tell(const ModelRow& row, double usd) { prices_.Take(row, Judge(row.price, usd, "megapixels")); }

  const Catalogue catalogue_ = Catalogue::BuiltIn();
  Prices prices_{catalogue_};
};

v1::PriceEstimate Estimated(std::uint64_t micro_usd, double units) {
  v1::PriceEstimate estimate;
  estimate.set_micro_usd(micro_usd);
  estimate.set_units(units);
  return estimate;
}

TEST_F(PricesTest, TheCataloguesCountUntilFalTellsOthers) {
  const ModelRow& dev = Row("text-to-image/dev");
  EXPECT_EQ(prices_.Of(dev).micro_usd, 25'000u);
  EXPECT_EQ(prices_.SourceOf(dev), v1::PRICE_SOURCE_CATALOGUE);
  Tell(dev, 0.03);
  EXPECT_EQ(prices_.Of(dev).micro_usd, 30'000u);
  EXPECT_EQ(prices_.SourceOf(dev), v1::PRICE_SOURCE_FAL);
  EXPECT_EQ(prices_.InForce(dev, Estimated(50'000, 2)).micro_usd(), 60'000u);
  EXPECT_EQ(prices_.Of(Row("text-to-image/schnell")).micro_usd, 3'000u) << "each for itself";
}

TEST_F(PricesTest, BothPricesOfARowChangeTogether) {
  const ModelRow& pro = Row("text-to-image/flux-2-pro");
  ASSERT_TRUE(pro.price.first_micro_usd);
  Tell(pro, static_cast<double>(*pro.price.first_micro_usd) * 0.8 / 1e6);
  EXPECT_EQ(*prices_.Of(pro).first_micro_usd, *pro.price.first_micro_usd * 8 / 10);
  EXPECT_EQ(prices_.Of(pro).micro_usd, pro.price.micro_usd * 8 / 10);
}

TEST_F(PricesTest, WhatIsNotBelievedLeavesTheLastGoodOne) {
  const ModelRow& dev = Row("text-to-image/dev");
  Tell(dev, 0.03);
  const std::uint64_t version = prices_.version();
  Tell(dev, 300);
  EXPECT_EQ(prices_.Of(dev).micro_usd, 30'000u);
  EXPECT_THAT(prices_.NoteOf(dev), HasSubstr("ten times"));
  EXPECT_GT(prices_.version(), version);
  const std::uint64_t after = prices_.version();
  Tell(dev, 300);
  EXPECT_EQ(prices_.version(), after) << "no news";
  Tell(dev, 0.025);
  EXPECT_EQ(prices_.Of(dev).micro_usd, 25'000u);
  EXPECT_EQ(prices_.NoteOf(dev), "");
}

TEST_F(PricesTest, EstimatesAreRoundedUpAndDoNotOverflow) {
  const ModelRow& dev = Row("text-to-image/dev");
  Tell(dev, 0.025001);
  EXPECT_EQ(prices_.InForce(dev, Estimated(3, 1)).micro_usd(), 4u);
  constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(prices_.InForce(dev, Estimated(kMost, 1)).micro_usd(), kMost);
}

}  // namespace
}  // namespace flux::service
