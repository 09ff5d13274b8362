// First bytes of files, and of what only looks like them.
#include "base/picture_type.h"

#include <gtest/gtest.h>

#include <string>

namespace flux {
namespace {

template <std::size_t N>
std::string Literal(const char (&text)[N]) {
  return std::string(text, N - 1);
}

TEST(SniffImage, KnowsFiveKindsAndNothingElse) {
  EXPECT_EQ(SniffImage(Literal("\xff\xd8\xff\xe0rest")), "image/jpeg");
  EXPECT_EQ(SniffImage(Literal("\x89PNG\r\n\x1a\nrest")), "image/png");
  EXPECT_EQ(SniffImage("GIF87a"), "image/gif");
  EXPECT_EQ(SniffImage("GIF89a"), "image/gif");
  EXPECT_EQ(SniffImage(Literal("RIFF\x10\0\0\0WEBPVP8 ")), "image/webp");
  EXPECT_EQ(SniffImage(Literal("\0\0\0\x1c"
                               "ftypavif\0\0\0\0mif1miaf")),
            "image/avif");
  EXPECT_EQ(SniffImage(Literal("\0\0\0\x1c"
                               "ftypmif1\0\0\0\0avifmiaf")),
            "image/avif");

  EXPECT_EQ(SniffImage(""), "");
  EXPECT_EQ(SniffImage(Literal("\xff\xd8")), "");
  EXPECT_EQ(SniffImage(Literal("\x89PNG\r\n\x1a")), "");
  EXPECT_EQ(SniffImage("GIF88a"), "");
  EXPECT_EQ(SniffImage(Literal("RIFF\x10\0\0\0WAVEfmt ")), "");
  EXPECT_EQ(SniffImage("RIFF\x10\x01\x01\x01WEB"), "");
  EXPECT_EQ(SniffImage(Literal("\0\0\0\x1c"
                               "ftypheic\0\0\0\0mif1heic")),
            "");
  EXPECT_EQ(SniffImage(Literal("\0\0\0\x10"
                               "ftypmif1avifavif")),
            "")
      << "a version and bytes after the box are no brands";
  EXPECT_EQ(SniffImage("<svg xmlns='http://www.w3.org/2000/svg'/>"), "");
  EXPECT_EQ(SniffImage("BM1234567890"), "");
}

}  // namespace
}  // namespace flux
