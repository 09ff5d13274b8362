// Presets, ratios and exact sizes in the form that a model takes.
#include "service/catalogue/size.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

namespace flux::service {
namespace {

std::optional<FalSize> OfRatio(std::string text) {
  v1::ImageSize size;
  size.set_aspect_ratio(std::move(text));
  return ToFalSize(size);
}

TEST(ToFalSize, KeepsPresets) {
  const auto of = [](v1::SizePreset preset) {
    v1::ImageSize size;
    size.set_preset(preset);
    return ToFalSize(size);
  };
  EXPECT_EQ(of(v1::SIZE_PRESET_SQUARE_HD), (FalSize{"square_hd", 1024, 1024}));
  EXPECT_EQ(of(v1::SIZE_PRESET_SQUARE), (FalSize{"square", 512, 512}));
  EXPECT_EQ(of(v1::SIZE_PRESET_PORTRAIT_4_3), (FalSize{"portrait_4_3", 768, 1024}));
  EXPECT_EQ(of(v1::SIZE_PRESET_PORTRAIT_16_9), (FalSize{"portrait_16_9", 576, 1024}));
  EXPECT_EQ(of(v1::SIZE_PRESET_LANDSCAPE_4_3), (FalSize{"landscape_4_3", 1024, 768}));
  EXPECT_EQ(of(v1::SIZE_PRESET_LANDSCAPE_16_9), (FalSize{"landscape_16_9", 1024, 576}));
  EXPECT_EQ(of(v1::SIZE_PRESET_UNSPECIFIED), std::nullopt);
  EXPECT_EQ(of(static_cast<v1::SizePreset>(9)), std::nullopt);
}

TEST(ToFalSize, KeepsExactSizesEvenThoseOfPresets) {
  v1::ImageSize size;
  size.mutable_dimensions()->set_width(1024);
  size.mutable_dimensions()->set_height(768);
  EXPECT_EQ(ToFalSize(size), (FalSize{"", 1024, 768}));
  size.mutable_dimensions()->set_height(0);
  EXPECT_EQ(ToFalSize(size), std::nullopt);
  EXPECT_EQ(ToFalSize({}), std::nullopt);
}

struct RatioCase {
  const char* text;
  FalSize size;
};

const RatioCase kRatios[] = {
    {"1:1", {"square_hd", 1024, 1024}},
    {"2:2", {"square_hd", 1024, 1024}},
    {"16:9", {"landscape_16_9", 1024, 576}},
    {"32:18", {"landscape_16_9", 1024, 576}},
    {"9:16", {"portrait_16_9", 576, 1024}},
    {"4:3", {"landscape_4_3", 1024, 768}},
    {"100:75", {"landscape_4_3", 1024, 768}},
    {"3:4", {"portrait_4_3", 768, 1024}},
    {"3:2", {"", 1248, 832}},
    {"2:3", {"", 832, 1248}},
    {"16:10", {"", 1280, 800}},
    {"10:16", {"", 800, 1280}},
    {"21:9", {"", 1536, 656}},
    {"9:21", {"", 656, 1536}},
    {"5:4", {"", 1136, 912}},
    {"4:5", {"", 912, 1136}},
    {"2:1", {"", 1440, 720}},
    {"4:1", {"", 2048, 512}},
    {"1:4", {"", 512, 2048}},
    {"97:53", {"", 1376, 752}},
};

TEST(SizeOfRatio, IsTheTable) {
  for (const RatioCase& given : kRatios) {
    SCOPED_TRACE(given.text);
    ASSERT_TRUE(OfRatio(given.text).has_value());
    EXPECT_EQ(OfRatio(given.text)->preset, given.size.preset);
    EXPECT_EQ(OfRatio(given.text)->width, given.size.width);
    EXPECT_EQ(OfRatio(given.text)->height, given.size.height);
  }
}

TEST(SizeOfRatio, KeepsItsPromisesForEveryRatio) {
  int ratios = 0;
  for (int w = 1; w <= 100; ++w) {
    for (int h = 1; h <= 100; ++h) {
      const auto size = OfRatio(std::to_string(w) + ":" + std::to_string(h));
      ASSERT_EQ(size.has_value(), w <= 4 * h && h <= 4 * w) << w << ":" << h;
      if (!size) continue;
      ++ratios;
      const double wanted = static_cast<double>(w) / h;
      const double got = static_cast<double>(size->width) / size->height;
      ASSERT_EQ(size->width % 16, 0u);
      ASSERT_EQ(size->height % 16, 0u);
      ASSERT_LE(size->PixelCount(), kMegapixel) << w << ":" << h;
      if (!size->preset.empty()) continue;
      ASSERT_LT(std::abs(got / wanted - 1), 0.0101) << w << ":" << h;
      ASSERT_GT(size->PixelCount(), kMegapixel * 95 / 100) << w << ":" << h;
    }
  }
  EXPECT_GT(ratios, 7000);
}

TEST(ParseAspectRatio, ReducesAndRefuses) {
  EXPECT_EQ(ParseAspectRatio("16:9"), (AspectRatio{16, 9}));
  EXPECT_EQ(ParseAspectRatio("32:18"), (AspectRatio{16, 9}));
  EXPECT_EQ(ParseAspectRatio("100:25"), (AspectRatio{4, 1}));
  for (const char* text : {"",
                           ":",
                           "16",
                           "16:",
                           ":9",
                           "16:9:1",
                           "0:1",
                           "1:0",
                           "101:100",
                           "100:101",
                           "100:24",
                           "1:5",
                           "-1:1",
                           "+1:1",
                           "1.5:1",
                           " 16:9",
                           "16:9 ",
                           "16 : 9",
                           "16x9",
                           "0x10:9",
                           "99999999999:1",
                           "landscape_16_9",
                           "1e1:9"}) {
    EXPECT_EQ(ParseAspectRatio(text), std::nullopt) << text;
  }
}

TEST(FindPreset, KnowsNames) {
  EXPECT_EQ(FindPreset("landscape_16_9"), (FalSize{"landscape_16_9", 1024, 576}));
  EXPECT_EQ(FindPreset("16:9"), std::nullopt);
  EXPECT_EQ(FindPreset(""), std::nullopt);
}

TEST(ToFalSize, KnowsWordsWithoutPixels) {
  v1::ImageSize size;
  size.set_preset(v1::SIZE_PRESET_AUTO);
  EXPECT_EQ(ToFalSize(size), (FalSize{"auto", 0, 0}));
  size.set_preset(v1::SIZE_PRESET_MATCH_INPUT);
  EXPECT_EQ(ToFalSize(size), (FalSize{"match_input", 0, 0}));
  EXPECT_TRUE(IsSizeWord("auto"));
  EXPECT_FALSE(IsSizeWord("square"));
  EXPECT_EQ(FindPreset("auto"), std::nullopt);
}

TEST(ToRatio, SendsTheListsOwnText) {
  const std::vector<std::string> nine{"21:9", "16:9", "1:1", "9:16"};
  v1::ImageSize size;
  const auto ratio = [&](const char* text) {
    size.set_aspect_ratio(text);
    return ToRatio(size, nine);
  };
  EXPECT_EQ(ratio("16:9"), "16:9");
  EXPECT_EQ(ratio("32:18"), "16:9");
  EXPECT_EQ(ratio("7:3"), "21:9");
  EXPECT_EQ(ratio("100:100"), "1:1");
  EXPECT_EQ(ratio("4:3"), std::nullopt);
  EXPECT_EQ(ratio("auto"), std::nullopt) << "a word is no ratio";
  EXPECT_EQ(ratio(""), std::nullopt);
  size.set_preset(v1::SIZE_PRESET_PORTRAIT_16_9);
  EXPECT_EQ(ToRatio(size, nine), "9:16");
  size.mutable_dimensions()->set_width(1024);
  size.mutable_dimensions()->set_height(1024);
  EXPECT_EQ(ToRatio(size, nine), std::nullopt) << "it could not be kept";
  EXPECT_EQ(ToRatio(v1::ImageSize(), nine), std::nullopt);
}

TEST(ToRatio, TakesAnyRatioWhereNoneIsListed) {
  v1::ImageSize size;
  size.set_aspect_ratio("97:53");
  EXPECT_EQ(ToRatio(size, {}), "97:53");
  size.set_aspect_ratio("5:1");
  EXPECT_EQ(ToRatio(size, {}), std::nullopt);
  size.set_preset(v1::SIZE_PRESET_AUTO);
  EXPECT_EQ(ToRatio(size, {}), std::nullopt);
  EXPECT_EQ(ToRatio(size, std::vector<std::string>{"auto"}), "auto");
}

TEST(FalSize, CountsPixelsBeyond32Bits) {
  EXPECT_EQ((FalSize{"", 4'294'967'295u, 4'294'967'295u}.PixelCount()), 18446744065119617025u);
}

}  // namespace
}  // namespace flux::service
