// Pictures are decoded with the libraries that everybody uses.
#include "sim/picture.h"

#include <gtest/gtest.h>
#include <jpeglib.h>  // needs FILE first
#include <png.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace flux::sim {
namespace {

Picture DecodePng(const std::string& bytes) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  EXPECT_NE(png_image_begin_read_from_memory(&image, bytes.data(), bytes.size()), 0) << image.message;
  image.format = PNG_FORMAT_RGB;
  Picture picture{{static_cast<int>(image.width), static_cast<int>(image.height)}, {}};
  picture.rgb.resize(PNG_IMAGE_SIZE(image));
  EXPECT_NE(png_image_finish_read(&image, nullptr, picture.rgb.data(), 0, nullptr), 0) << image.message;
  return picture;
}

// libjpeg's default handler ends the program on an error, which fails the test well enough.
Picture DecodeJpeg(const std::string& bytes) {
  jpeg_error_mgr errors;
  jpeg_decompress_struct jpeg;
  jpeg.err = jpeg_std_error(&errors);
  jpeg_create_decompress(&jpeg);
  jpeg_mem_src(&jpeg, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  jpeg_read_header(&jpeg, TRUE);
  jpeg_start_decompress(&jpeg);
  Picture picture{{static_cast<int>(jpeg.output_width), static_cast<int>(jpeg.output_height)}, {}};
  picture.rgb.resize(static_cast<std::size_t>(picture.size.Area()) * 3);
  while (jpeg.output_scanline < jpeg.output_height) {
    JSAMPROW row = picture.rgb.data() + std::size_t{jpeg.output_scanline} * jpeg.output_width * 3;
    jpeg_read_scanlines(&jpeg, &row, 1);
  }
  jpeg_finish_decompress(&jpeg);
  EXPECT_EQ(errors.num_warnings, 0);
  jpeg_destroy_decompress(&jpeg);
  return picture;
}

class SizeTest : public testing::TestWithParam<Pixels> {};

TEST_P(SizeTest, DecodesToWhatWasPainted) {
  const Picture painted = Paint("a lake", "42", 0, GetParam());
  const Picture png = DecodePng(EncodePng(painted));
  EXPECT_EQ(png.size, GetParam());
  EXPECT_EQ(png.rgb, painted.rgb);

  const Picture jpeg = DecodeJpeg(EncodeJpeg(painted));
  ASSERT_EQ(jpeg.size, GetParam());
  double difference = 0;
  for (std::size_t i = 0; i < jpeg.rgb.size(); ++i)
    difference += std::abs(int{jpeg.rgb[i]} - int{painted.rgb[i]});
  const double bound = GetParam().Area() < 16 ? 20.0 : 8.0;  // of a pixel or two little colour survives
  EXPECT_LT(difference / static_cast<double>(jpeg.rgb.size()), bound);
}

INSTANTIATE_TEST_SUITE_P(Pixels, SizeTest,
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

TEST(EncodeTest, JpegRefusesWhatTheFormatCannotHold) {
  EXPECT_EQ(EncodeJpeg(Black({70'000, 1})), "");
}

}  // namespace
}  // namespace flux::sim
