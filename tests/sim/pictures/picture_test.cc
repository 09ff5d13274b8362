// Pictures that are painted and encoded can be decoded again and are what was asked for.
#include "sim/pictures/picture.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "tests/sim/decode.h"

namespace flux::sim {
namespace {

// The mean distance of two pictures' colours, in [0, 255].
double Distance(const Picture& a, const Picture& b) {
  double difference = 0;
  for (std::size_t i = 0; i < a.rgb.size(); ++i) difference += std::abs(int{a.rgb[i]} - int{b.rgb[i]});
  return difference / static_cast<double>(a.rgb.size());
}

class PictureSizeTest : public testing::TestWithParam<Pixels> {};

TEST_P(PictureSizeTest, DecodesToWhatWasPainted) {
  const Picture painted = Paint("a lake", "42", 0, GetParam());
  const Picture png = DecodePng(EncodePng(painted));
  EXPECT_EQ(png.size, GetParam());
  EXPECT_EQ(png.rgb, painted.rgb);

  const Picture jpeg = DecodeJpeg(EncodeJpeg(painted));
  ASSERT_EQ(jpeg.size, GetParam());
  const double bound = GetParam().Area() < 16 ? 20.0 : 8.0;  // of a pixel or two little colour survives
  EXPECT_LT(Distance(jpeg, painted), bound);

  const Picture webp = DecodeWebp(EncodeWebp(painted));
  ASSERT_EQ(webp.size, GetParam());
  EXPECT_LT(Distance(webp, painted), bound);
}

INSTANTIATE_TEST_SUITE_P(Pixels, PictureSizeTest,
                         testing::Values(Pixels{1, 1}, Pixels{2, 1}, Pixels{1, 2}, Pixels{7, 13},
                                         Pixels{512, 512}, Pixels{1024, 768}, Pixels{576, 1024},
                                         Pixels{14142, 1}, Pixels{1, 14142}));

TEST(PaintTest, TheSameRequestGivesTheSameBytes) {
  EXPECT_EQ(Paint("x", "1", 0, {64, 48}).rgb, Paint("x", "1", 0, {64, 48}).rgb);
}

TEST(PaintTest, PromptSeedAndIndexAllMatter) {
  const auto base = Paint("x", "1", 0, {64, 48}).rgb;
  EXPECT_NE(Paint("y", "1", 0, {64, 48}).rgb, base);
  EXPECT_NE(Paint("x", "2", 0, {64, 48}).rgb, base);
  EXPECT_NE(Paint("x", "1", 1, {64, 48}).rgb, base);
}

TEST(PaintTest, IsSmoothNotNoise) {
  for (int seed = 0; seed < 50; ++seed) {
    const Picture picture = Paint("smooth", std::to_string(seed), 0, {256, 192});
    double jumps = 0;
    for (std::size_t i = 3; i < picture.rgb.size(); ++i) {
      jumps += std::abs(int{picture.rgb[i]} - int{picture.rgb[i - 3]});
    }
    EXPECT_LT(jumps / static_cast<double>(picture.rgb.size()), 6.0) << seed;
    const auto [least, most] = std::ranges::minmax(picture.rgb);
    EXPECT_GT(most - least, 60) << seed;
  }
}

TEST(BlackTest, IsBlack) {
  const Picture picture = DecodePng(EncodePng(Black({31, 17})));
  EXPECT_EQ(picture.size, (Pixels{31, 17}));
  EXPECT_TRUE(std::ranges::all_of(picture.rgb, [](int value) { return value == 0; }));
}

TEST(EncodeTest, RefusesWhatTheFormatCannotHold) {
  EXPECT_EQ(EncodeJpeg(Black({70'000, 1})), "");
  EXPECT_EQ(EncodeWebp(Black({16'384, 1})), "");
}

TEST(EncodeTest, TellsItsOwnTypeAndSize) {
  for (const Format format : {Format::kJpeg, Format::kPng, Format::kWebp}) {
    const std::string bytes = Encode(format, Black({24, 16}));
    EXPECT_EQ(SniffType(bytes), ContentType(format));
    EXPECT_EQ(ReadSize(bytes), (Pixels{24, 16})) << ContentType(format);
  }
}

}  // namespace
}  // namespace flux::sim
