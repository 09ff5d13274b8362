// Pictures whose size is known are held to what a model takes; of others nothing is said.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64.h"
#include "order_fixture.h"
#include "service/order/picture_extent.h"
#include "service/order/validate.h"

namespace flux::service {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string PngOf(std::uint32_t width, std::uint32_t height) {
  std::string bytes("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16);
  for (const std::uint32_t side : {width, height}) {
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(side >> shift);
  }
  return bytes;
}

std::string UriOf(const std::string& bytes) {
  std::string uri = "data:image/png;base64,";
  AppendBase64(bytes, uri);
  return uri;
}

// What is said of a FLUX 3 edit of these pictures, as "FIELD MESSAGE".
std::vector<std::string> Said(const ModelRow& row, const Order& order) {
  std::vector<std::string> said;
  for (const Violation& violation : Validate(row, order))
    said.push_back(violation.field + " " + violation.message);
  return said;
}

TEST(PictureLimits, EachPictureOfAnEditIsHeldToThem) {
  const ModelRow& row = BuiltInRow("edit/flux-3");
  ImageList pictures;
  pictures.Add()->set_data(PngOf(256, 256));
  pictures.Add()->set_data(PngOf(255, 4000));
  pictures.Add()->set_data_uri(UriOf(PngOf(2049, 2048)));
  pictures.Add()->set_url("https://example.com/tiny.png");
  pictures.Add()->set_data(std::string("GIF89a\x00\x01\x00\x01", 10));
  pictures.Add()->set_data("\xff\xd8\xff\xe0");  // the rest is missing
  Order order = MinimalOrder(row);
  order.images = &pictures;
  EXPECT_THAT(Said(row, order),
              ElementsAre("images[1] must have at least 256 pixels a side for edit/flux-3, not 255 x 4000",
                          "images[2] must have at most 4 megapixels for edit/flux-3, not 2049 x 2048"));
}

TEST(PictureLimits, AlsoOfPicturesUnderOtherNames) {
  const ModelRow& row = BuiltInRow("image-to-image/pro-vto");
  v1::ImageInput human;
  human.set_data(PngOf(2048, 1025));
  google::protobuf::Struct extra;
  (*extra.mutable_fields())["garment_image_url"].set_string_value(UriOf(PngOf(1025, 1024)));
  Order order = MinimalOrder(row);
  order.image = &human;
  order.extra = &extra;
  EXPECT_THAT(Said(row, order), ElementsAre(HasSubstr("image must have at most 2 megapixels"),
                                            HasSubstr("garment_image_url must have at most 1 megapixels")));
}

TEST(PictureLimits, AResultThatWouldBeTooLargeIsRefusedBeforeItIsPaidFor) {
  const ModelRow& row = BuiltInRow("transform/flux-2-pro-outpaint");
  v1::ImageInput image;
  image.set_data(PngOf(1024, 1024));
  google::protobuf::Struct extra;
  (*extra.mutable_fields())["expand_left"].set_number_value(1536);
  Order order = MinimalOrder(row);
  order.image = &image;
  order.extra = &extra;
  EXPECT_THAT(Said(row, order), IsEmpty());
  (*extra.mutable_fields())["expand_right"].set_number_value(1);
  EXPECT_THAT(Said(row, order), ElementsAre(HasSubstr("image would become 2561 x 1024 pixels")));
}

TEST(PictureLimits, NoMoreThanTheBeginningIsRead) {
  v1::ImageInput image;
  image.set_data_uri(UriOf(PngOf(300, 400) + std::string(1 << 20, 'x')));
  EXPECT_EQ(SizeOf(image), (PictureSize{300, 400}));
  EXPECT_EQ(SizeOfText(" DATA:;base64," + UriOf(PngOf(7, 8)).substr(22)), (PictureSize{7, 8}));
  EXPECT_EQ(SizeOfText("https://example.com/a.png"), std::nullopt);
  EXPECT_EQ(SizeOfText("data:image/png;base64,####"), std::nullopt);
}

}  // namespace
}  // namespace flux::service
