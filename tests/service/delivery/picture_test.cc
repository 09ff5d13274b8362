// Looking at a picture's bytes: each kind, each prefix, each lie about its size.
#include "service/delivery/picture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/fakes/pictures.h"

namespace flux::service {
namespace {

using fakes::JpegColors;
using fakes::MakeJpeg;
using fakes::MakePng;
using fakes::MakePngHeader;
using fakes::MakeWebp;
using testing::HasSubstr;

// Why the bytes were refused; empty: they were not.
std::string ProblemOf(std::string_view bytes, const PromisedPicture& promised = {}) {
  const Result<PictureInfo> info = InspectPicture(bytes, promised);
  if (info) return {};
  EXPECT_EQ(info.error().reason, Reason::kUpstreamProtocol);
  return info.error().message;
}

PromisedPicture Promise(std::uint32_t width, std::uint32_t height) {
  return {.size = {width, height}};
}

struct Kind {
  const char* name;
  const char* content_type;
  std::string (*make)(int width, int height);
};

class SoundPicture : public testing::TestWithParam<Kind> {};

TEST_P(SoundPicture, IsDecodedAndItsSizeIsRead) {
  for (const PictureSize size : {PictureSize{33, 17}, {1, 1}, {1, 40}, {40, 1}, {128, 96}}) {
    const std::string bytes = GetParam().make(static_cast<int>(size.width), static_cast<int>(size.height));
    for (const PromisedPicture& promised : {PromisedPicture{}, Promise(size.width, size.height),
                                            Promise(0, size.height), Promise(size.width, 0)}) {
      const Result<PictureInfo> info = InspectPicture(bytes, promised);
      ASSERT_TRUE(info) << info.error().message;
      EXPECT_EQ(info->content_type, GetParam().content_type);
      EXPECT_EQ(info->size, size);
      EXPECT_EQ(info->unchecked, "");
    }
  }
}

TEST_P(SoundPicture, WrongSizeIsRefused) {
  const std::string bytes = GetParam().make(33, 17);
  EXPECT_EQ(ProblemOf(bytes, Promise(34, 17)), "the picture has 33x17 pixels; fal said 34x17");
  EXPECT_EQ(ProblemOf(bytes, Promise(33, 18)), "the picture has 33x17 pixels; fal said 33x18");
  EXPECT_EQ(ProblemOf(bytes, Promise(17, 33)), "the picture has 33x17 pixels; fal said 17x33");
  EXPECT_EQ(ProblemOf(bytes, Promise(0, 18)), "the picture has 33x17 pixels; fal said 33x18");
}

TEST_P(SoundPicture, EveryPrefixIsRefused) {
  const std::string bytes = GetParam().make(33, 17);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    // A heap block of exactly this size, so that the sanitizer sees the first byte read beyond it.
    const std::vector<char> prefix(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    ASSERT_NE(ProblemOf({prefix.data(), prefix.size()}), "") << size << " of " << bytes.size();
  }
}

TEST_P(SoundPicture, BytesBehindItsEndDoNotMatter) {
  EXPECT_EQ(ProblemOf(GetParam().make(33, 17) + "what some writer left behind"), "");
}

TEST_P(SoundPicture, DamageAnywhereNeverCrashes) {
  const std::string bytes = GetParam().make(33, 17);
  int refused = 0;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (const char mask : {'\x01', '\x80', '\xff'}) {
      std::string damaged = bytes;
      damaged[at] = static_cast<char>(damaged[at] ^ mask);
      refused += ProblemOf(damaged).empty() ? 0 : 1;
    }
  }
  EXPECT_GT(refused, 10);
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, SoundPicture,
    testing::Values(
        Kind{"PngRgb", "image/png", [](int w, int h) { return MakePng(w, h); }},
        Kind{"PngRgba", "image/png", [](int w, int h) { return MakePng(w, h, {.color_type = 6}); }},
        Kind{"PngGray", "image/png", [](int w, int h) { return MakePng(w, h, {.color_type = 0}); }},
        Kind{"PngGrayAlpha", "image/png", [](int w, int h) { return MakePng(w, h, {.color_type = 4}); }},
        Kind{"PngOneBit", "image/png",
             [](int w, int h) { return MakePng(w, h, {.color_type = 0, .depth = 1}); }},
        Kind{"PngPalette", "image/png", [](int w, int h) { return MakePng(w, h, {.color_type = 3}); }},
        Kind{"PngPaletteFourBits", "image/png",
             [](int w, int h) { return MakePng(w, h, {.color_type = 3, .depth = 4}); }},
        Kind{"PngSixteenBits", "image/png",
             [](int w, int h) { return MakePng(w, h, {.color_type = 6, .depth = 16}); }},
        Kind{"PngInterlaced", "image/png", [](int w, int h) { return MakePng(w, h, {.interlaced = true}); }},
        Kind{"PngInterlacedOneBit", "image/png",
             [](int w, int h) { return MakePng(w, h, {.color_type = 0, .depth = 1, .interlaced = true}); }},
        Kind{"PngInterlacedSixteenBits", "image/png",
             [](int w, int h) { return MakePng(w, h, {.color_type = 6, .depth = 16, .interlaced = true}); }},
        Kind{"Jpeg", "image/jpeg", [](int w, int h) { return MakeJpeg(w, h); }},
        Kind{"JpegGray", "image/jpeg",
             [](int w, int h) { return MakeJpeg(w, h, {.colors = JpegColors::kGray}); }},
        Kind{"JpegCmyk", "image/jpeg",
             [](int w, int h) { return MakeJpeg(w, h, {.colors = JpegColors::kCmyk}); }},
        Kind{"JpegYcck", "image/jpeg",
             [](int w, int h) { return MakeJpeg(w, h, {.colors = JpegColors::kYcck}); }},
        Kind{"JpegProgressive", "image/jpeg",
             [](int w, int h) { return MakeJpeg(w, h, {.progressive = true}); }},
        Kind{"JpegArithmetic", "image/jpeg",
             [](int w, int h) { return MakeJpeg(w, h, {.arithmetic = true}); }},
        Kind{"Webp", "image/webp", [](int w, int h) { return MakeWebp(w, h); }},
        Kind{"WebpAlpha", "image/webp", [](int w, int h) { return MakeWebp(w, h, {.alpha = true}); }},
        Kind{"WebpLossless", "image/webp", [](int w, int h) { return MakeWebp(w, h, {.lossless = true}); }},
        Kind{"WebpLosslessAlpha", "image/webp",
             [](int w, int h) { return MakeWebp(w, h, {.lossless = true, .alpha = true}); }}),
    [](const auto& row) { return row.param.name; });

// A PNG without optional parts is covered by checksums to the last bit.
TEST(InspectPicture, FindsEveryFlippedBitOfAPng) {
  const std::string bytes = MakePng(9, 5);
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string damaged = bytes;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ 1 << bit % 8);
    ASSERT_NE(ProblemOf(damaged), "") << "bit " << bit;
  }
}

// libjpeg alone would fill the hole with grey and call it a success.
TEST(InspectPicture, FindsAHoleInAJpeg) {
  for (const bool progressive : {false, true}) {
    std::string bytes = MakeJpeg(200, 200, {.progressive = progressive});
    bytes.erase(bytes.size() / 2, 300);
    EXPECT_THAT(ProblemOf(bytes), HasSubstr("broken image/jpeg file: ")) << progressive;
  }
}

TEST(InspectPicture, TellsWhatIsWrong) {
  EXPECT_EQ(ProblemOf(""), "the picture is no JPEG, PNG, WebP, GIF or AVIF file");
  EXPECT_EQ(ProblemOf("<html><body>Not here</body></html>"),
            "the picture is no JPEG, PNG, WebP, GIF or AVIF file");
  const std::string png = MakePng(33, 17);
  EXPECT_EQ(ProblemOf(png.substr(0, png.size() - 1)),
            "the picture is a broken image/png file: the file ends too early");
  const std::string jpeg = MakeJpeg(33, 17);
  EXPECT_EQ(ProblemOf(jpeg.substr(0, jpeg.size() - 2)),
            "the picture is a broken image/jpeg file: Premature end of JPEG file");
  const std::string webp = MakeWebp(33, 17);
  EXPECT_EQ(ProblemOf(webp.substr(0, webp.size() - 2)),
            "the picture is a broken image/webp file: the file ends too early");
}

// The pixels of these are rubbish: had anybody looked at them, the problem would be another.
TEST(InspectPicture, DecodesNothingBeforeTheSizeIsRight) {
  EXPECT_EQ(ProblemOf(MakePngHeader(14142, 14142), Promise(1024, 768)),
            "the picture has 14142x14142 pixels; fal said 1024x768");
  EXPECT_EQ(ProblemOf(MakePngHeader(8001, 8000)),
            "the picture has 8001x8000 pixels, which is more than 64000000");
  EXPECT_THAT(ProblemOf(MakePngHeader(8000, 8000)), HasSubstr("broken"));
  EXPECT_THAT(ProblemOf(MakePngHeader(8001, 8000), Promise(8001, 0)), HasSubstr("more than"));
  EXPECT_THAT(ProblemOf(MakePngHeader(8001, 8000), Promise(8001, 8000)), HasSubstr("broken"));
  EXPECT_THAT(ProblemOf(MakePngHeader(0, 8)), HasSubstr("broken"));
}

TEST(InspectPicture, CountsPixelsWhereNothingWasPromised) {
  const std::string bytes = MakePng(10, 10);
  EXPECT_EQ(ProblemOf(bytes, {.max_pixels = 100}), "");
  EXPECT_EQ(ProblemOf(bytes, {.max_pixels = 99}), "the picture has 10x10 pixels, which is more than 99");
  EXPECT_EQ(ProblemOf(bytes, {.size = {10, 10}, .max_pixels = 99}), "");
}

TEST(InspectPicture, LongerSidesThanFalMakesAreRefused) {
  EXPECT_EQ(ProblemOf(MakePng(14142, 1)), "");
  EXPECT_EQ(ProblemOf(MakeJpeg(1, 14142)), "");
  EXPECT_EQ(ProblemOf(MakeWebp(14142, 1)), "");
  EXPECT_NE(ProblemOf(MakePng(14143, 1), Promise(14143, 1)), "");
  EXPECT_NE(ProblemOf(MakeJpeg(1, 14143), Promise(1, 14143)), "");
  EXPECT_NE(ProblemOf(MakeWebp(14143, 1), Promise(14143, 1)), "");
}

TEST(InspectPicture, SaysWhatItDoesNotDecode) {
  const auto unchecked = [](std::string_view bytes) {
    const Result<PictureInfo> info = InspectPicture(bytes, Promise(64, 64));
    return info ? std::string(info->content_type) + ": " + info->unchecked : info.error().message;
  };
  EXPECT_EQ(unchecked("GIF89a"), "image/gif: files of this type are not decoded here");
  EXPECT_EQ(unchecked(std::string_view("\0\0\0\x18"
                                       "ftypavif\0\0\0\0mif1miaf",
                                       24)),
            "image/avif: files of this type are not decoded here");
  // An extended file (VP8X) with the animation flag, 64x64.
  EXPECT_EQ(unchecked(std::string_view("RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\x02\0\0\0\x3f\0\0\x3f\0\0", 30)),
            "image/webp: it is animated");
}

// Start of frame: marker, length, precision, then height and width.
void ForgeJpegSize(std::string& bytes, char marker, int width, int height) {
  const std::size_t at = bytes.find(std::string("\xff") + marker);
  ASSERT_NE(at, std::string::npos);
  for (const auto& [offset, value] : {std::pair{5, height}, {7, width}}) {
    bytes[at + static_cast<std::size_t>(offset)] = static_cast<char>(value >> 8);
    bytes[at + static_cast<std::size_t>(offset) + 1] = static_cast<char>(value & 0xff);
  }
}

TEST(InspectPicture, DecodesNothingThatTakesTooMuchMemory) {
  std::string bytes = MakeJpeg(64, 64, {.colors = JpegColors::kCmyk, .progressive = true});
  ForgeJpegSize(bytes, '\xc2', 8000, 8000);  // 4 components of 2 bytes: 512 MB
  const Result<PictureInfo> jpeg = InspectPicture(bytes);
  ASSERT_TRUE(jpeg) << jpeg.error().message;
  EXPECT_EQ(jpeg->unchecked, "decoding it takes too much memory");

  bytes = MakeJpeg(64, 64);
  ForgeJpegSize(bytes, '\xc0', 8000, 8000);  // row by row it takes none
  EXPECT_THAT(ProblemOf(bytes), HasSubstr("broken"));
}

// Some kilobytes that take minutes: each of many scans goes over the whole picture. A scan in full precision
// may come again and again.
TEST(InspectPicture, RefusesAJpegOfEndlessScans) {
  const std::string bytes = MakeJpeg(64, 64, {.colors = JpegColors::kGray, .bands = true});
  const std::size_t tables = bytes.rfind("\xff\xc4");
  ASSERT_NE(tables, std::string::npos);
  const std::string scan = bytes.substr(tables, bytes.size() - 2 - tables);
  const auto with_scans = [&](int more) {
    std::string longer = bytes.substr(0, bytes.size() - 2);
    for (int i = 0; i < more; ++i) longer += scan;
    return longer + "\xff\xd9";
  };
  EXPECT_EQ(ProblemOf(with_scans(98)), "");
  EXPECT_THAT(ProblemOf(with_scans(99)), HasSubstr("too many scans"));
}

}  // namespace
}  // namespace flux::service
