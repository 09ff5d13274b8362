// What an order is thought to cost, and how fal's units correct it.
#include "service/order/price.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/base64.h"
#include "order_fixture.h"

namespace flux::service {
namespace {

constexpr auto kMostMicroUsd = std::numeric_limits<std::uint64_t>::max();

const ModelRow& Dev() {
  return *TestCatalogue().Find("text-to-image/dev", v1::MODEL_KIND_TEXT_TO_IMAGE);
}

v1::ImageSize Exact(std::uint32_t width, std::uint32_t height) {
  v1::ImageSize size;
  size.mutable_dimensions()->set_width(width);
  size.mutable_dimensions()->set_height(height);
  return size;
}

v1::PriceEstimate Estimate(const ModelRow& row, const v1::ImageSize* size,
                           std::optional<std::uint32_t> images = {}) {
  Order order = MinimalOrder(row);
  order.image_size = size;
  order.num_images = images;
  return EstimatePrice(row, order);
}

TEST(EstimatePrice, RoundsMegapixelsUpPerPicture) {
  struct Case {
    std::uint32_t width, height;
    double units;
  };
  for (const Case& given :
       {Case{1, 1, 1}, Case{512, 512, 1}, Case{1024, 768, 1}, Case{1024, 1024, 1}, Case{1025, 1024, 2},
        Case{2048, 1024, 2}, Case{2048, 2048, 4}, Case{14142, 14142, 191}}) {
    const v1::ImageSize size = Exact(given.width, given.height);
    const v1::PriceEstimate price = Estimate(Dev(), &size);
    EXPECT_EQ(price.units(), given.units) << given.width << "x" << given.height;
    EXPECT_EQ(price.micro_usd(), static_cast<std::uint64_t>(25'000 * given.units));
    EXPECT_EQ(price.unit(), v1::PRICE_UNIT_MEGAPIXEL);
  }
  const v1::ImageSize size = Exact(1025, 1024);
  EXPECT_EQ(Estimate(Dev(), &size, 3).units(), 6) << "each picture is rounded, not the sum";
}

TEST(EstimatePrice, TakesTheModelsDefaultSizeWhereNoneIsAsked) {
  ModelRow row = Dev();
  EXPECT_EQ(Estimate(row, nullptr, 4).units(), 4);
  for (FieldRule& rule : row.rules) {
    if (rule.field == Field::kImageSize) rule.default_text = "not a preset";
  }
  EXPECT_EQ(Estimate(row, nullptr).units(), 1);
}

TEST(EstimatePrice, AssumesOneMegapixelWhereTheResultFollowsTheInput) {
  const ModelRow& row = *TestCatalogue().Find("image-to-image", v1::MODEL_KIND_IMAGE_TO_IMAGE);
  EXPECT_EQ(Estimate(row, nullptr, 2).units(), 2);
  EXPECT_EQ(Estimate(row, nullptr, 2).micro_usd(), 60'000u);
}

TEST(EstimatePrice, CountsPicturesWhereThoseArePriced) {
  ModelRow row = Dev();
  row.price = {60'000, v1::PRICE_UNIT_IMAGE};
  const v1::ImageSize size = Exact(4096, 4096);
  const v1::PriceEstimate price = Estimate(row, &size, 3);
  EXPECT_EQ(price.units(), 3);
  EXPECT_EQ(price.micro_usd(), 180'000u);
  EXPECT_EQ(price.unit(), v1::PRICE_UNIT_IMAGE);
}

TEST(EstimatePrice, TellsTheFirstMegapixelFromFurtherOnesAndCountsInputs) {
  const ModelRow& text = BuiltInRow("text-to-image/flux-2-pro");
  const v1::ImageSize four = Exact(2048, 2048);
  EXPECT_EQ(Estimate(text, nullptr).micro_usd(), 30'000u);
  EXPECT_EQ(Estimate(text, &four).micro_usd(), 75'000u) << "0.03 and three times 0.015";
  EXPECT_EQ(Estimate(text, &four).units(), 4);
  EXPECT_EQ(Estimate(text, &four).unit(), v1::PRICE_UNIT_MEGAPIXEL_IN_OUT);

  const ModelRow& edit = BuiltInRow("edit/flux-2-pro");
  Order order = MinimalOrder(edit);
  order.images = &SomeImages(3);
  order.image_size = &four;
  EXPECT_EQ(EstimatePrice(edit, order).units(), 7);
  EXPECT_EQ(EstimatePrice(edit, order).micro_usd(), 30'000u + 6 * 15'000u);
  order.num_images = 2;
  order.split_images = true;
  EXPECT_EQ(EstimatePrice(edit, order).units(), 14);
  EXPECT_EQ(EstimatePrice(edit, order).micro_usd(), 240'000u) << "the inputs are paid for in every purchase";

  const ModelRow& flex = BuiltInRow("edit/flux-2-flex");
  EXPECT_EQ(EstimatePrice(flex, MinimalOrder(flex)).units(), 2);
  EXPECT_EQ(EstimatePrice(flex, MinimalOrder(flex)).micro_usd(), 100'000u);
}

// A PNG of this size, as far as its header tells.
v1::ImageInput Png(std::uint32_t width, std::uint32_t height, bool as_text = false) {
  std::string bytes("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16);
  for (const std::uint32_t side : {width, height}) {
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(side >> shift);
  }
  bytes.append(2000, '\0');
  v1::ImageInput image;
  if (as_text) {
    std::string uri = "data:image/png;base64,";
    AppendBase64(bytes, uri);
    image.set_data_uri(uri);
  } else {
    image.set_data(bytes);
  }
  return image;
}

TEST(EstimatePrice, CountsPicturesThatCameAsBytesAsLargeAsTheyAre) {
  const ModelRow& pro = BuiltInRow("edit/flux-2-pro");
  ImageList pictures;
  *pictures.Add() = Png(2048, 2048);
  *pictures.Add() = Png(2048, 1024, true);
  *pictures.Add() = SomeImage();
  Order order = MinimalOrder(pro);
  order.images = &pictures;
  EXPECT_EQ(EstimatePrice(pro, order).units(), 1 + 4 + 2 + 1) << "of a URL one megapixel is assumed";
  const ModelRow& open = BuiltInRow("edit/flux-2");
  order.model = open.name;
  EXPECT_EQ(EstimatePrice(open, order).units(), 1 + 3) << "fal makes one megapixel of each";
  EXPECT_EQ(EstimatePrice(open, order).micro_usd(), 48'000u);
}

TEST(EstimatePrice, FalsOwnExamples) {
  const ModelRow& edit = BuiltInRow("edit/flux-2");
  ImageList small;
  *small.Add() = Png(512, 512);
  Order order = MinimalOrder(edit);
  order.images = &small;
  order.image_size = &SomeSize();
  EXPECT_EQ(EstimatePrice(edit, order).micro_usd(), 24'000u);

  const ModelRow& outpaint = BuiltInRow("transform/flux-2-pro-outpaint");
  const v1::ImageInput square = Png(512, 512);
  google::protobuf::Struct extra;
  (*extra.mutable_fields())["expand_right"].set_number_value(512);
  (*extra.mutable_fields())["expand_top"].set_string_value("512");
  Order wider = MinimalOrder(outpaint);
  wider.image = &square;
  wider.extra = &extra;
  EXPECT_EQ(EstimatePrice(outpaint, wider).micro_usd(), 30'000u) << "1024 x 1024";
  (*extra.mutable_fields())["expand_left"].set_number_value(1024);
  EXPECT_EQ(EstimatePrice(outpaint, wider).micro_usd(), 45'000u) << "2048 x 1024";
  const v1::ImageInput large = Png(2048, 1024);
  extra.Clear();
  wider.image = &large;
  EXPECT_EQ(EstimatePrice(outpaint, wider).micro_usd(), 60'000u) << "one more out, one more in";

  const ModelRow& erase = BuiltInRow("inpainting/pro-erase");
  const v1::ImageInput one = Png(1024, 1024);
  Order away = MinimalOrder(erase);
  away.image = &one;
  away.mask = &one;
  EXPECT_EQ(EstimatePrice(erase, away).micro_usd(), 42'000u);
  away.image = &large;
  away.mask = &large;
  EXPECT_EQ(EstimatePrice(erase, away).micro_usd(), 46'000u);
}

TEST(EstimatePrice, AResultThatFollowsItsPictureIsAsLarge) {
  const ModelRow& row = BuiltInRow("image-to-image");
  const v1::ImageInput large = Png(2048, 2048, true);
  Order order = MinimalOrder(row);
  order.image = &large;
  EXPECT_EQ(EstimatePrice(row, order).micro_usd(), 120'000u);
  const ModelRow& upscaler = BuiltInRow("transform/vision-upscaler");
  const v1::ImageInput one = Png(1024, 1024);
  Order twice = MinimalOrder(upscaler);
  twice.image = &one;
  EXPECT_EQ(EstimatePrice(upscaler, twice).micro_usd(), 400'000u) << "twice each side by default";
  google::protobuf::Struct extra;
  (*extra.mutable_fields())["upscale_factor"].set_number_value(4);
  twice.extra = &extra;
  EXPECT_EQ(EstimatePrice(upscaler, twice).units(), 16);
}

TEST(EstimatePrice, EachClassOfPixelsHasItsOwn) {
  const ModelRow& row = BuiltInRow("text-to-image/flux-3");
  Order order = MinimalOrder(row);
  EXPECT_EQ(EstimatePrice(row, order).micro_usd(), 48'000u);
  EXPECT_EQ(EstimatePrice(row, order).units(), 1);
  order.resolution = "4k";
  order.num_images = 2;
  EXPECT_EQ(EstimatePrice(row, order).micro_usd(), 1'214'000u);
  EXPECT_EQ(EstimatePrice(row, order).unit(), v1::PRICE_UNIT_IMAGE);
  EXPECT_EQ(CorrectPrice(row.price, EstimatePrice(row, order), 100.0 / 48).micro_usd(), 100'000u)
      << "what fal billed counts, and not the class";
}

TEST(EstimatePrice, AssumesOneMegapixelWhereTheModelChooses) {
  v1::ImageSize size;
  size.set_preset(v1::SIZE_PRESET_AUTO);
  const ModelRow& pro = BuiltInRow("edit/flux-2-pro");
  EXPECT_EQ(Estimate(pro, &size).units(), 2) << "one out, one in";
  size.set_aspect_ratio("21:9");
  EXPECT_EQ(Estimate(BuiltInRow("edit/kontext-dev"), &size, 2).units(), 2);
  EXPECT_EQ(Estimate(BuiltInRow("text-to-image/pro-v1.1-ultra"), &size, 2).micro_usd(), 120'000u);
}

TEST(EstimatePrice, SaturatesInsteadOfOverflowing) {
  ModelRow row = Dev();
  row.price.micro_usd = kMostMicroUsd;
  const v1::ImageSize size = Exact(4'294'967'295u, 4'294'967'295u);
  EXPECT_EQ(Estimate(row, &size, 4'294'967'295u).micro_usd(), kMostMicroUsd);
}

TEST(CorrectPrice, TellsTheFirstUnitFromFurtherOnes) {
  const ModelRow& pro = BuiltInRow("text-to-image/flux-2-pro");
  const v1::PriceEstimate estimate = Estimate(pro, nullptr);
  EXPECT_EQ(CorrectPrice(pro.price, estimate, 0).micro_usd(), 0u);
  EXPECT_EQ(CorrectPrice(pro.price, estimate, 0.5).micro_usd(), 15'000u);
  EXPECT_EQ(CorrectPrice(pro.price, estimate, 1).micro_usd(), 30'000u);
  EXPECT_EQ(CorrectPrice(pro.price, estimate, 3).micro_usd(), 60'000u);
  EXPECT_EQ(CorrectPrice(pro.price, estimate, 1e300).micro_usd(), kMostMicroUsd);
}

TEST(CorrectPrice, FollowsFalsOwnCount) {
  const v1::PriceEstimate estimate = Estimate(Dev(), nullptr);
  EXPECT_EQ(CorrectPrice(Dev().price, estimate, std::nullopt).micro_usd(), 25'000u);
  EXPECT_EQ(CorrectPrice(Dev().price, estimate, 3).micro_usd(), 75'000u);
  EXPECT_EQ(CorrectPrice(Dev().price, estimate, 3).units(), 3);
  EXPECT_EQ(CorrectPrice(Dev().price, estimate, 0).micro_usd(), 0u);
  EXPECT_EQ(CorrectPrice(Dev().price, estimate, 0.00005).micro_usd(), 1u)
      << "rounded to the nearest millionth";
  EXPECT_EQ(CorrectPrice(Dev().price, estimate, 1e300).micro_usd(), kMostMicroUsd);
}

}  // namespace
}  // namespace flux::service
