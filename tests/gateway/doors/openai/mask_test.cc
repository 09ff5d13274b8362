// Masks, turned round and read again; and what is no mask.
#include "gateway/doors/openai/mask.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <png.h>

#include <vector>

#include "tests/fakes/pictures.h"

namespace flux::gateway {
namespace {

using testing::HasSubstr;

// A PNG of grey and alpha; `alphas` row by row.
std::string Masked(std::uint32_t width, const std::vector<png_byte>& alphas) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = width;
  image.height = static_cast<png_uint_32>(alphas.size() / width);
  image.format = PNG_FORMAT_GA;
  std::vector<png_byte> pixels;
  for (const png_byte alpha : alphas) pixels.insert(pixels.end(), {128, alpha});
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
  std::string file(size, '\0');
  EXPECT_NE(png_image_write_to_memory(&image, file.data(), &size, 0, pixels.data(), 0, nullptr), 0);
  file.resize(size);
  return file;
}

std::vector<png_byte> Greys(const std::string& file) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  EXPECT_NE(png_image_begin_read_from_memory(&image, file.data(), file.size()), 0);
  EXPECT_EQ(image.format, static_cast<png_uint_32>(PNG_FORMAT_GRAY));
  std::vector<png_byte> pixels(PNG_IMAGE_SIZE(image));
  EXPECT_NE(png_image_finish_read(&image, nullptr, pixels.data(), 0, nullptr), 0);
  return pixels;
}

TEST(MaskTest, WhatIsWhollyTransparentBecomesWhite) {
  const Result<std::string> turned = MaskFromAlpha(Masked(3, {0, 1, 254, 255, 0, 128}), PictureSize{3, 2});
  ASSERT_TRUE(turned.has_value()) << turned.error().message;
  EXPECT_THAT(Greys(*turned), testing::ElementsAre(255, 0, 0, 0, 255, 0));
}

TEST(MaskTest, TheExtentIsNotComparedWhereThePictureIsElsewhere) {
  EXPECT_TRUE(MaskFromAlpha(Masked(1, {0, 255}), std::nullopt).has_value());
}

TEST(MaskTest, ExtentsAreReadFromHeads) {
  EXPECT_EQ(ExtentOf(fakes::MakeJpeg(33, 17)), (PictureSize{33, 17}));
  EXPECT_EQ(ExtentOf(fakes::MakePng(33, 17)), (PictureSize{33, 17}));
  EXPECT_EQ(ExtentOf(fakes::MakeWebp(33, 17)), (PictureSize{33, 17}));
  EXPECT_EQ(ExtentOf("GIF89a"), std::nullopt);
  EXPECT_EQ(ExtentOf(""), std::nullopt);
}

struct BadMask {
  const char* name;
  std::string file;
  const char* says;
};

class BadMasks : public testing::TestWithParam<BadMask> {};

TEST_P(BadMasks, AreRefusedByName) {
  const Result<std::string> turned = MaskFromAlpha(GetParam().file, PictureSize{2, 1});
  ASSERT_FALSE(turned.has_value());
  EXPECT_EQ(turned.error().reason, Reason::kInvalidField);
  EXPECT_EQ(turned.error().violations.at(0).field, "mask");
  EXPECT_THAT(turned.error().violations.at(0).message, HasSubstr(GetParam().says));
}

INSTANTIATE_TEST_SUITE_P(
    Of, BadMasks,
    testing::Values(BadMask{"Empty", "", "must be a PNG"},
                    BadMask{"Jpeg", fakes::MakeJpeg(2, 1), "must be a PNG"},
                    BadMask{"NoAlpha", fakes::MakePng(2, 1), "no transparency"},
                    BadMask{"NothingTransparent", Masked(2, {1, 255}), "no transparent pixel"},
                    BadMask{"OtherExtent", Masked(1, {0, 0}), "1x2 pixels and the image 2x1"},
                    BadMask{"Cut", Masked(2, {0, 0}).substr(0, 45), "broken PNG"},
                    BadMask{"HeadOnly", Masked(2, {0, 0}).substr(0, 10), "broken PNG"}),
    [](const auto& row) { return row.param.name; });

TEST(MaskTest, AClaimOfManyPixelsTakesNoMemory) {
  const Result<std::string> turned = MaskFromAlpha(fakes::MakePngHeader(14'000, 14'000), std::nullopt);
  ASSERT_FALSE(turned.has_value());
  EXPECT_THAT(turned.error().message, HasSubstr("mask"));
}

}  // namespace
}  // namespace flux::gateway
