// What kind and size files claim, as fal's library tells them.
#include "sim/pictures/codec.h"

#include <gtest/gtest.h>

#include "base/base64.h"
#include "sim/pictures/picture.h"

namespace flux::sim {
namespace {

using testing::TestWithParam;
using testing::Values;

// Made with libavif from one color: 61x40, to be turned by a quarter.
constexpr const char* kTurnedAvif =
    "AAAAIGZ0eXBhdmlmAAAAAGF2aWZtaWYxbWlhZk1BMUEAAAD8bWV0YQAAAAAAAAAoaGRscgAAAAAAAAAAcGljdAAAAAAAAAAAAAAAAGxp"
    "YmF2"
    "aWYAAAAADnBpdG0AAAAAAAEAAAAeaWxvYwAAAABEAAABAAEAAAABAAABJAAAACEAAAAoaWluZgAAAAAAAQAAABppbmZlAgAAAAABAABh"
    "djAx"
    "Q29sb3IAAAAAdGlwcnAAAABUaXBjbwAAABRpc3BlAAAAAAAAAD0AAAAoAAAAEHBpeGkAAAAAAwgICAAAAAxhdjFDgSAAAAAAABNjb2xy"
    "bmNs"
    "eAABAA0ABoAAAAAJaXJvdAEAAAAYaXBtYQAAAAAAAAABAAEFAQKDBIUAAAApbWRhdBIACgk4FXydhAQ0GkAyEh3APfffRAC02GpengsG"
    "Dnxa"
    "IA==";

std::string Bytes(std::string_view base64) {
  std::string bytes;
  EXPECT_TRUE(AppendFromBase64(base64, bytes));
  return bytes;
}

// A JPEG of 40x24 with an orientation in its Exif data.
std::string JpegHeld(char orientation, bool little) {
  std::string exif("Exif\0\0", 6);
  if (little) {
    exif += std::string("II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0", 18);
    exif += std::string({orientation, 0, 0, 0, 0, 0, 0, 0});
  } else {
    exif += std::string("MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01", 18);
    exif += std::string({0, orientation, 0, 0, 0, 0, 0, 0});
  }
  std::string jpeg = EncodeJpeg(Black({40, 24}));
  const auto size = static_cast<char>(exif.size() + 2);
  jpeg.insert(2, std::string("\xff\xe1\0", 3) + size + exif);
  return jpeg;
}

TEST(CodecTest, ReadsAvif) {
  const std::string avif = Bytes(kTurnedAvif);
  EXPECT_EQ(SniffType(avif), "image/avif");
  EXPECT_EQ(ReadSize(avif), (Pixels{40, 61})) << "as it is shown";
  std::string level = avif;
  level.replace(level.find("irot") + 4, 1, std::string(1, '\2'));
  EXPECT_EQ(ReadSize(level), (Pixels{61, 40})) << "half a turn";
}

TEST(CodecTest, AnAvifThatEndsEarlyHasNoSizeOrItsOwn) {
  const std::string avif = Bytes(kTurnedAvif);
  for (std::size_t size = 0; size < avif.size(); ++size) {
    const auto read = ReadSize(std::string_view(avif).substr(0, size));
    if (read) {
      EXPECT_EQ(*read, (Pixels{40, 61})) << size;
    }
  }
}

TEST(CodecTest, LengthsInAnAvifAreNotBelieved) {
  const std::string avif = Bytes(kTurnedAvif);
  for (std::size_t at = 0; at < avif.size(); ++at) {
    for (const char byte : {'\0', '\1', '\x7f', '\xff'}) {
      std::string broken = avif;
      broken[at] = byte;
      static_cast<void>(ReadSize(broken));  // ends, and touches nothing beyond
    }
  }
}

TEST(CodecTest, AGifIsAsLargeAsItsScreen) {
  EXPECT_EQ(ReadSize(std::string("GIF89a\x2c\x01\xc8\0\xf0\0\0", 13)), (Pixels{300, 200}));
  EXPECT_EQ(ReadSize(std::string("GIF87a\x01\0\x01\0", 10)), (Pixels{1, 1}));
  EXPECT_EQ(ReadSize(std::string("GIF89a\0\0\x01\0", 10)), std::nullopt);
  EXPECT_EQ(ReadSize("GIF89a\x01"), std::nullopt);
}

class HeldTest : public TestWithParam<int> {};

TEST_P(HeldTest, AJpegIsTurnedAsItsExifDataSays) {
  const Pixels shown = GetParam() >= 5 && GetParam() <= 8 ? Pixels{24, 40} : Pixels{40, 24};
  for (const bool little : {true, false}) {
    EXPECT_EQ(ReadSize(JpegHeld(static_cast<char>(GetParam()), little)), shown) << little;
  }
}

INSTANTIATE_TEST_SUITE_P(Every, HeldTest, Values(0, 1, 2, 3, 4, 5, 6, 7, 8, 9));

TEST(CodecTest, ExifThatCannotBeReadTurnsNothing) {
  std::string jpeg = JpegHeld(6, false);
  const std::size_t tiff = jpeg.find("Exif") + 6;
  for (std::size_t at = tiff; at < tiff + 26; ++at) {
    std::string broken = jpeg;
    broken[at] = '\xff';
    EXPECT_TRUE(ReadSize(broken).has_value()) << at;
  }
}

}  // namespace
}  // namespace flux::sim
