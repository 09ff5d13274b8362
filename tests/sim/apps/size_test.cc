// Sizes from presets, ratios and objects, and the units that they are billed for.
#include "sim/apps/size.h"

#include <gtest/gtest.h>

#include <cmath>

namespace flux::sim {
namespace {

TEST(SizeTest, PresetsAndPixels) {
  const std::pair<const char*, Pixels> rows[] = {
      {R"("square_hd")", {1024, 1024}},     {R"("square")", {512, 512}},
      {R"("portrait_4_3")", {768, 1024}},   {R"("portrait_16_9")", {576, 1024}},
      {R"("landscape_4_3")", {1024, 768}},  {R"("landscape_16_9")", {1024, 576}},
      {R"({"width":3,"height":4})", {3, 4}}};
  for (const auto& [value, pixels] : rows) {
    EXPECT_EQ(SizeOf({{"image_size", Given::parse(value)}}, Pixels{9, 9}, 1), pixels) << value;
  }
}

TEST(SizeTest, TheInputIsFollowedWhereNothingElseIsAsked) {
  for (const char* values : {"{}", R"({"image_size":"auto"})", R"({"resolution_mode":"match_input"})",
                             R"({"resolution_mode":"auto"})"}) {
    EXPECT_EQ(SizeOf(Given::parse(values), Pixels{9, 8}, 1), (Pixels{9, 8})) << values;
    EXPECT_EQ(SizeOf(Given::parse(values), std::nullopt, 1), (Pixels{1024, 768})) << values;
  }
}

TEST(SizeTest, RatiosKeepShapeAndArea) {
  for (const char* ratio :
       {"21:9", "16:9", "4:3", "3:2", "5:4", "1:1", "4:5", "2:3", "3:4", "9:16", "9:21"}) {
    const std::string text = ratio;
    const double wanted = std::stod(text) / std::stod(text.substr(text.find(':') + 1));
    for (const int megapixels : {1, 4}) {
      const auto size = SizeOf({{"aspect_ratio", ratio}}, Pixels{9, 9}, megapixels);
      ASSERT_TRUE(size.has_value()) << ratio;
      EXPECT_NEAR(std::log(1.0 * size->width / size->height), std::log(wanted), 0.075) << ratio;
      EXPECT_NEAR(static_cast<double>(size->Area()) / (megapixels << 20), 1, 0.03) << ratio;
      EXPECT_EQ(size->width % 16 + size->height % 16, 0) << ratio;
    }
    // Or a picture of one megapixel would be billed as two.
    EXPECT_LE(SizeOf({{"resolution_mode", ratio}}, std::nullopt, 1)->Area(), 1 << 20) << ratio;
  }
}

TEST(SizeTest, OddRatiosAreComputedWithinTheLimits) {
  EXPECT_EQ(SizeOf({{"aspect_ratio", "2:1"}}, std::nullopt, 4), (Pixels{2880, 1440}));
  EXPECT_EQ(SizeOf({{"aspect_ratio", "2100:900"}}, std::nullopt, 4), (Pixels{3104, 1312}));
  for (const char* ratio :
       {"banana", "", "22:9", "9:22", "1:0", "0:1", "-16:-9", "16:9:1", "nan:1", "inf:inf", "16x9"}) {
    EXPECT_EQ(SizeOf({{"aspect_ratio", ratio}}, Pixels{9, 9}, 4), std::nullopt) << ratio;
  }
}

TEST(UnitsTest, MegapixelsAreRoundedUpPerPicture) {
  const auto units = [](Pixels size, std::int64_t images) {
    return BillableUnits({}, Given::object(), size, images, {});
  };
  EXPECT_EQ(units({1, 1}, 1), 1);
  EXPECT_EQ(units({1024, 768}, 1), 1);
  EXPECT_EQ(units({1024, 1024}, 4), 4);
  EXPECT_EQ(units({1025, 1024}, 2), 4);
}

TEST(UnitsTest, PicturesCountAsTheyAre) {
  EXPECT_EQ(BillableUnits({.unit = Unit::kImage}, Given::object(), {2752, 1536}, 3, {}), 3);
}

TEST(UnitsTest, WhatComesInCountsWhereItIsPaidFor) {
  const std::optional<Pixels> inputs[] = {Pixels{2000, 1000}, std::nullopt};
  const auto units = [&inputs](const Model& model) {
    return BillableUnits(model, Given::object(), {1024, 768}, 1, inputs);
  };
  constexpr auto kInAndOut = Unit::kMegapixelInAndOut;
  EXPECT_EQ(units({.unit = kInAndOut}), 1 + 2 + 1);
  EXPECT_EQ(units({.unit = kInAndOut, .resizes_input = true}), 1 + 1 + 1);
  EXPECT_EQ(units({.unit = kInAndOut, .free_input = 1}), 1 + 1 + 0);
  EXPECT_EQ(units({.unit = kInAndOut, .least_input = 5}), 1 + 5);
  EXPECT_EQ(units({}), 1);
}

}  // namespace
}  // namespace flux::sim
