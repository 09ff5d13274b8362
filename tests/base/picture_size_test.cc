// What a picture's beginning tells of its size, and what is no beginning.
#include "base/picture_size.h"

#include <gtest/gtest.h>

#include <string>

namespace flux {
namespace {

std::string Of(std::initializer_list<int> bytes) {
  std::string text;
  for (const int byte : bytes) text += static_cast<char>(byte);
  return text;
}

const std::string kPng =
    std::string("\x89PNG\r\n\x1a\n", 8) + Of({0, 0, 0, 13}) + "IHDR" + Of({0, 0, 4, 0, 0, 0, 3, 0});
const std::string kGif = "GIF89a" + Of({0x40, 1, 0x90, 0});
// A segment, filling, then a progressive frame.
const std::string kJpeg =
    Of({0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xff, 0xc2, 0, 17, 8, 2, 0x58, 3, 0x20, 3});
const std::string kLossy = "RIFF" + Of({0, 0, 0, 0}) + "WEBPVP8 " +
                           Of({0, 0, 0, 0, 0, 0, 0, 0x9d, 1, 0x2a, 0x40, 0x41, 0xf0, 0}) + Of({0});
const std::string kExtended =
    "RIFF" + Of({0, 0, 0, 0}) + "WEBPVP8X" + Of({10, 0, 0, 0, 0, 0, 0, 0, 0xff, 3, 0, 0xff, 2, 0});
const std::string kLossless =
    "RIFF" + Of({0, 0, 0, 0}) + "WEBPVP8L" + Of({0, 0, 0, 0, 0x2f, 0xff, 0xc3, 0xbf, 0});
const std::string kAvif = Of({0, 0, 0, 16}) + "ftypavif" + Of({0, 0, 0, 0}) + "....ispe" +
                          Of({0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0}) + "....ispe" +
                          Of({0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 3, 0});

TEST(ReadPictureSize, EachFormatTells) {
  EXPECT_EQ(ReadPictureSize(kPng), (PictureSize{1024, 768}));
  EXPECT_EQ(ReadPictureSize(kGif), (PictureSize{320, 144}));
  EXPECT_EQ(ReadPictureSize(kJpeg), (PictureSize{800, 600}));
  EXPECT_EQ(ReadPictureSize(kLossy), (PictureSize{320, 240}));
  EXPECT_EQ(ReadPictureSize(kExtended), (PictureSize{1024, 768}));
  EXPECT_EQ(ReadPictureSize(kLossless), (PictureSize{1024, 768}));
  EXPECT_EQ(ReadPictureSize(kAvif), (PictureSize{1024, 768})) << "the whole, not a tile";
}

TEST(ReadPictureSize, WhatIsCutOrNoPictureTellsNothing) {
  for (const std::string& whole : {kPng, kGif, kJpeg, kLossy, kExtended, kLossless, kAvif}) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const auto read = ReadPictureSize(std::string(whole, 0, size));
      EXPECT_TRUE(!read || (read->width > 0 && read->height > 0)) << size;
    }
  }
  EXPECT_EQ(ReadPictureSize(""), std::nullopt);
  EXPECT_EQ(ReadPictureSize("<svg width=\"3\"/>"), std::nullopt);
  EXPECT_EQ(ReadPictureSize(std::string(kPng, 0, 16) + std::string(8, '\0')), std::nullopt) << "a side of 0";
  // Segments that lead nowhere, and one without end.
  EXPECT_EQ(ReadPictureSize(Of({0xff, 0xd8, 0xff, 0xe0, 0, 0, 0, 0})), std::nullopt);
  EXPECT_EQ(ReadPictureSize(Of({0xff, 0xd8}) + std::string(100'000, '\xff')), std::nullopt);
}

TEST(ReadPictureSize, OnlyTheBeginningIsRead) {
  const std::string late = Of({0xff, 0xd8, 0xff, 0xe1, 0xff, 0xff}) + std::string(0xffff - 2, 'x') +
                           Of({0xff, 0xc0, 0, 17, 8, 2, 0x58, 3, 0x20, 3});
  EXPECT_EQ(ReadPictureSize(late), std::nullopt);
}

}  // namespace
}  // namespace flux
