// Pictures handed in by URL and data URI.
#include "sim/pictures/inputs.h"

#include <gtest/gtest.h>

#include "base/base64.h"
#include "sim/pictures/picture.h"

namespace flux::sim {
namespace {

constexpr const char* kBase = "http://127.0.0.1:8090";

std::string Png(Pixels size) {
  return EncodePng(Black(size));
}

std::string Uri(const std::string& bytes) {
  std::string uri = "data:application/octet-stream;base64,";
  AppendBase64(bytes, uri);
  return uri;
}

class InputsTest : public testing::Test {
 protected:
  Inputs Load(const Given& values) {
    return LoadInputs(*FindModel("fal-ai/flux-lora/inpainting"), values, files_, kBase);
  }
  // The type of the refusal, or "" when there is none.
  std::string Refused(const Given& values) {
    const Inputs inputs = Load(values);
    if (!inputs.refusal) return {};
    EXPECT_EQ(inputs.refusal->status, 422);
    return Given::parse(inputs.refusal->body)["detail"][0]["type"];
  }
  Files files_;
};

TEST_F(InputsTest, SizesComeFromPngAndJpeg) {
  EXPECT_EQ(Load({{"image_url", Uri(Png({33, 7}))}}).size, (Pixels{33, 7}));
  EXPECT_EQ(Load({{"image_url", Uri(EncodeJpeg(Black({40, 24})))}}).size, (Pixels{40, 24}));
}

TEST_F(InputsTest, GifIsTakenWithItsSize) {
  const Inputs inputs = Load({{"image_url", Uri(std::string("GIF89a\x2c\x01\xc8\0\xf0\0\0", 13))}});
  EXPECT_FALSE(inputs.refusal.has_value());
  EXPECT_EQ(inputs.size, (Pixels{300, 200}));
}

TEST_F(InputsTest, OwnFilesAreLookedUp) {
  const std::string url = kBase + files_.Put("a", {Png({20, 10}), "image/png"});
  EXPECT_EQ(Load({{"image_url", url}}).size, (Pixels{20, 10}));
  EXPECT_EQ(Refused({{"image_url", std::string(kBase) + "/files/rabbit/gone.png"}}), "file_download_error");
}

TEST_F(InputsTest, OtherUrlsAreBelieved) {
  for (const char* url : {"https://example.com/a.png", "http://[::1]:1/x", "https://invalid.example/"}) {
    EXPECT_EQ(Refused({{"image_url", url}}), "") << url;
  }
  for (const char* url : {"https://a.invalid/x.png", "https://A.INVALID:443/", "ftp://example.com/a", "a.png",
                          "", "http://", "file:///etc/passwd"}) {
    EXPECT_EQ(Refused({{"image_url", url}}), "file_download_error") << url;
  }
}

TEST_F(InputsTest, BrokenPicturesAreRefused) {
  const std::string png = Png({8, 8});
  for (const std::string& bytes :
       {std::string("not a picture"), std::string(), png.substr(0, 8), png.substr(0, 20),
        std::string("\xff\xd8\xff"), std::string("GIF89a"), std::string("RIFF\x10\x20\x30\x40WEBPVP8 "),
        std::string("\0\0\0\x18"
                    "ftypavif\0\0\0\0avifmif1",
                    24),
        EncodeJpeg(Black({8, 8})).substr(0, 12)}) {
    EXPECT_EQ(Refused({{"image_url", Uri(bytes)}}), "image_load_error") << bytes.size();
  }
  EXPECT_EQ(Refused({{"image_url", "data:image/png;base64,!!!!"}}), "image_load_error");
  EXPECT_EQ(Refused({{"image_url", "data:image/png,plain"}}), "image_load_error");
}

TEST_F(InputsTest, ASideMayNotBeTooLong) {
  EXPECT_EQ(Refused({{"image_url", Uri(Png({kMostSide, 1}))}}), "");
  EXPECT_EQ(Refused({{"image_url", Uri(Png({kMostSide + 1, 1}))}}), "image_too_large");
}

TEST_F(InputsTest, MaskAndImageMustMatch) {
  const std::string image = Uri(Png({16, 8}));
  EXPECT_EQ(Refused({{"image_url", image}, {"mask_url", Uri(EncodeJpeg(Black({16, 8})))}}), "");
  EXPECT_EQ(Refused({{"image_url", image}, {"mask_url", Uri(Png({8, 16}))}}), "value_error");
  EXPECT_EQ(Refused({{"image_url", image}, {"mask_url", "https://example.com/mask.png"}}), "");
}

TEST_F(InputsTest, ListsAreLoadedOneByOne) {
  constexpr Field kFields[] = {{.name = "image_urls", .kind = FieldKind::kImages, .required = true}};
  const Model model{"test/list", kFields};
  const Inputs good =
      LoadInputs(model, {{"image_urls", {"https://example.com/1", Uri(Png({9, 5}))}}}, files_, kBase);
  EXPECT_EQ(good.size, (Pixels{9, 5}));
  const Inputs bad = LoadInputs(model, {{"image_urls", {Uri(Png({9, 5})), "x"}}}, files_, kBase);
  ASSERT_TRUE(bad.refusal.has_value());
  EXPECT_EQ(Given::parse(bad.refusal->body)["detail"][0]["loc"], Given({"body", "image_urls", 1}));
}

}  // namespace
}  // namespace flux::sim
